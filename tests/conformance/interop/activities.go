// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
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

func later(context.Context) (string, error) { return "", activity.ErrResultPending }

func header(ctx context.Context) (converter.RawValue, error) {
	trace, _ := ctx.Value(traceKey{}).(*commonpb.Payload)
	if trace == nil {
		trace, _ = converter.GetDefaultDataConverter().ToPayload("none")
	}
	return converter.NewRawValue(trace), nil
}
