// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

const day = 24 * time.Hour

var all = []any{
	Greeting, Timers, Retries, Mailbox, Waits, StopsActivity, Chain, OneActivity, Queues, EqualTimers,
	LeavesActivity, Abandons, Updated, Patient}

func Greeting(ctx workflow.Context, name string) (result string, err error) {
	if err := workflow.Sleep(ctx, 30*day); err != nil {
		return "", err
	}
	return result, one(ctx, time.Minute, &result, "Greet", name)
}

func one(ctx workflow.Context, limit time.Duration, result any, name string, arguments ...any) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: limit, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	return workflow.ExecuteActivity(ctx, name, arguments...).Get(ctx, result)
}

// Timers one after the other; the result is what the workflow's own clock says of it.
func Timers(ctx workflow.Context, count int, each time.Duration) (time.Duration, error) {
	start, done := workflow.Now(ctx), 0
	if err := workflow.SetQueryHandler(ctx, "done", func() (int, error) { return done, nil }); err != nil {
		return 0, err
	}
	for ; done < count; done++ {
		if err := workflow.Sleep(ctx, each); err != nil {
			return 0, err
		}
	}
	return workflow.Now(ctx).Sub(start), nil
}

func Retries(ctx workflow.Context) (time.Duration, error) {
	start := workflow.Now(ctx)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Minute, BackoffCoefficient: 2}})
	err := workflow.ExecuteActivity(ctx, "SucceedAt", 6).Get(ctx, nil)
	return workflow.Now(ctx).Sub(start), err
}

// Mailbox takes "add" until "end" comes, and tells what it has.
func Mailbox(ctx workflow.Context) ([]string, error) {
	got, ended := []string{}, false
	if err := workflow.SetQueryHandler(ctx, "got", func() ([]string, error) { return got, nil }); err != nil {
		return nil, err
	}
	for !ended {
		selector, word := workflow.NewSelector(ctx), ""
		selector.AddReceive(workflow.GetSignalChannel(ctx, "add"), func(from workflow.ReceiveChannel, _ bool) {
			from.Receive(ctx, &word)
			got = append(got, word)
		})
		selector.AddReceive(workflow.GetSignalChannel(ctx, "end"), func(from workflow.ReceiveChannel, _ bool) {
			ended = from.Receive(ctx, nil)
		})
		selector.Select(ctx)
	}
	return got, nil
}

// Patient waits for "go", for a year at most.
func Patient(ctx workflow.Context) (bool, error) {
	came, _ := workflow.GetSignalChannel(ctx, "go").ReceiveWithTimeout(ctx, 365*day, nil)
	return came, nil
}

// Waits for a hundred days; canceled, it tidies up.
func Waits(ctx workflow.Context) error {
	err := workflow.Sleep(ctx, 100*day)
	var canceled *temporal.CanceledError
	if errors.As(err, &canceled) {
		tidy, _ := workflow.NewDisconnectedContext(ctx)
		if failed := one(tidy, time.Minute, nil, "Greet", "tidy"); failed != nil {
			return failed
		}
	}
	return err
}

// StopsActivity starts one and asks it to stop once "stop" comes; the result is how it ended.
func StopsActivity(ctx workflow.Context, name string, options workflow.ActivityOptions) (string, error) {
	options.WaitForCancellation = true
	inner, stop := workflow.WithCancel(workflow.WithActivityOptions(ctx, options))
	running := workflow.ExecuteActivity(inner, name)
	workflow.GetSignalChannel(ctx, "stop").Receive(ctx, nil)
	stop()
	return outcome(running.Get(ctx, nil)), nil
}

func outcome(err error) string {
	var canceled *temporal.CanceledError
	var late *temporal.TimeoutError
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &canceled):
		return "canceled"
	case errors.As(err, &late):
		return late.TimeoutType().String()
	}
	return err.Error()
}

// Chain goes on as a new run each day.
func Chain(ctx workflow.Context, left int, total time.Duration) (time.Duration, error) {
	start := workflow.Now(ctx)
	if err := workflow.Sleep(ctx, day); err != nil {
		return 0, err
	}
	total += workflow.Now(ctx).Sub(start)
	if left > 1 {
		return 0, workflow.NewContinueAsNewError(ctx, Chain, left-1, total)
	}
	return total, nil
}

// OneActivity tells how an activity ended, or its result.
func OneActivity(ctx workflow.Context, options workflow.ActivityOptions, name string, arguments []any) (string, error) {
	var result any
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), name, arguments...).Get(ctx, &result)
	if err != nil {
		return outcome(err), nil
	}
	return fmt.Sprint(result), nil
}

func Queues(ctx workflow.Context, queues []string) ([]string, error) {
	var at []string
	for _, queue := range queues {
		var result string
		if err := one(workflow.WithTaskQueue(ctx, queue), time.Minute, &result, "Queue"); err != nil {
			return nil, err
		}
		at = append(at, result)
	}
	return at, nil
}

// EqualTimers tells in which order they fire.
func EqualTimers(ctx workflow.Context, count int) ([]int, error) {
	var order []int
	selector := workflow.NewSelector(ctx)
	for i := range count {
		selector.AddFuture(workflow.NewTimer(ctx, day), func(workflow.Future) { order = append(order, i) })
	}
	for range count {
		selector.Select(ctx)
	}
	return order, nil
}

// LeavesActivity ends while an activity is at work, once "end" comes.
func LeavesActivity(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Hour})
	workflow.ExecuteActivity(ctx, "Hang")
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
	return nil
}

// Abandons ends once its child has begun.
func Abandons(ctx workflow.Context, child string) error {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: child, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON})
	return workflow.ExecuteChildWorkflow(ctx, Timers, 1, day).GetChildWorkflowExecution().Get(ctx, nil)
}

// Updated ends after an update that takes a day.
func Updated(ctx workflow.Context) error {
	ended := false
	err := workflow.SetUpdateHandler(ctx, "rest", func(ctx workflow.Context) (string, error) {
		defer func() { ended = true }()
		return "rested", workflow.Sleep(ctx, day)
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return ended })
}
