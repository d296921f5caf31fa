// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

func mirror(_ context.Context, value converter.RawValue) (converter.RawValue, error) {
	return value, nil
}

func fail(ctx context.Context, mode string) (int32, error) {
	attempt := activity.GetInfo(ctx).Attempt
	switch mode {
	case "application":
		inner := temporal.NewApplicationErrorWithOptions("inner", "Inner", temporal.ApplicationErrorOptions{})
		return 0, temporal.NewApplicationErrorWithOptions("no luck", "Broken", temporal.ApplicationErrorOptions{
			NonRetryable: true, Cause: inner, Details: []interface{}{"one", 2}})
	case "nested":
		return 0, failNested()
	case "benign":
		if attempt > 1 {
			return attempt, nil
		}
		return 0, temporal.NewApplicationErrorWithOptions("once more", "Benign", temporal.ApplicationErrorOptions{
			Category: temporal.ApplicationErrorCategoryBenign, NextRetryDelay: 10 * time.Millisecond})
	case "silent":
		activity.RecordHeartbeat(ctx, "halfway", 50)
		return 0, sleepLong(ctx)
	case "timeout":
		return 0, sleepLong(ctx)
	default:
		return 0, temporal.NewApplicationError("each time", "Again")
	}
}

// Four deep, each with what it has of its own.
func failNested() error {
	fourth := temporal.NewApplicationErrorWithOptions("4th", "Fourth", temporal.ApplicationErrorOptions{
		Details: []interface{}{map[string]int{"depth": 4}}})
	third := temporal.NewApplicationErrorWithOptions("3rd", "Third", temporal.ApplicationErrorOptions{NonRetryable: true, Cause: fourth})
	second := temporal.NewApplicationErrorWithOptions("2nd", "Second", temporal.ApplicationErrorOptions{
		NextRetryDelay: 2 * time.Second, Category: temporal.ApplicationErrorCategoryBenign, Cause: third})
	return temporal.NewApplicationErrorWithOptions("1st", "First", temporal.ApplicationErrorOptions{NonRetryable: true, Cause: second})
}

// Until it is over for the service.
func sleepLong(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(3 * time.Second):
		return errors.New("too late")
	}
}

// What the last attempt left, one more; the fourth tells.
func relay(ctx context.Context) (int, error) {
	baton := 0
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &baton); err != nil {
			return 0, err
		}
	}
	if baton == 3 {
		return baton + 1, nil
	}
	activity.RecordHeartbeat(ctx, baton+1)
	return 0, temporal.NewApplicationError("the next one", "Next")
}

// Adds a "g" to what the attempts before left; the other SDK's adds a "c". Until it was handed over both ways.
func hand(ctx context.Context) (string, error) {
	hands := ""
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &hands); err != nil {
			return "", err
		}
	}
	if len(hands)+1 != int(activity.GetInfo(ctx).Attempt) {
		return "", temporal.NewNonRetryableApplicationError(hands, "Lost", nil)
	}
	if strings.Contains(hands, "cg") && strings.Contains(hands, "gc") {
		return "both ways", nil
	}
	activity.RecordHeartbeat(ctx, hands+"g")
	return "", temporal.NewApplicationError("the next one", "Next")
}

func later(context.Context) (string, error) { return "", activity.ErrResultPending }

func header(ctx context.Context) (converter.RawValue, error) {
	trace, _ := ctx.Value(traceKey{}).(*commonpb.Payload)
	if trace == nil {
		trace, _ = converter.GetDefaultDataConverter().ToPayload("none")
	}
	return converter.NewRawValue(trace), nil
}
