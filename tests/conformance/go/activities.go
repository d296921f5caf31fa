// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
)

// The activities of a world; one may ask for its clock.
type activities struct{ skipping *Skipping }

func (*activities) Greet(_ context.Context, name string) (string, error) {
	return "Hello, " + name, nil
}

func (*activities) Queue(ctx context.Context) (string, error) {
	return activity.GetInfo(ctx).TaskQueue, nil
}

// SucceedAt fails before that attempt.
func (*activities) SucceedAt(ctx context.Context, attempt int32) (int32, error) {
	if now := activity.GetInfo(ctx).Attempt; now < attempt {
		return 0, fmt.Errorf("attempt %d", now)
	}
	return attempt, nil
}

// Beat beats until it is canceled.
func (*activities) Beat(ctx context.Context) error {
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Resume fails the first time, and then tells where it was.
func (*activities) Resume(ctx context.Context) (int, error) {
	done := 0
	if activity.HasHeartbeatDetails(ctx) {
		return done, activity.GetHeartbeatDetails(ctx, &done)
	}
	activity.RecordHeartbeat(ctx, 41)
	activity.RecordHeartbeat(ctx, 42)
	return 0, fmt.Errorf("half done")
}

// Hang says nothing, whatever it is told.
func (*activities) Hang(ctx context.Context) error {
	select {
	case <-activity.GetWorkerStopChannel(ctx):
	case <-time.After(time.Minute):
	}
	return nil
}

// SleepOnServer sleeps as a test does.
func (a *activities) SleepOnServer(ctx context.Context, duration time.Duration) error {
	return a.skipping.Sleep(ctx, duration)
}
