// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

var (
	keyword  = temporal.NewSearchAttributeKeyKeyword("CustomKeywordField")
	words    = temporal.NewSearchAttributeKeyString("CustomTextField")
	number   = temporal.NewSearchAttributeKeyInt64("CustomIntField")
	double   = temporal.NewSearchAttributeKeyFloat64("CustomDoubleField")
	truth    = temporal.NewSearchAttributeKeyBool("CustomBoolField")
	datetime = temporal.NewSearchAttributeKeyTime("CustomDatetimeField")
)

// Each SDK numbers activities in its own way: a run that goes on with the other names them.
const only = "only"

func times(most int32) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: 10 * time.Millisecond, MaximumAttempts: most}
}

func reflect(ctx workflow.Context, queue string, value converter.RawValue) (converter.RawValue, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{ActivityID: only, TaskQueue: queue, StartToCloseTimeout: 10 * time.Second})
	var result converter.RawValue
	err := workflow.ExecuteActivity(ctx, "Mirror", value).Get(ctx, &result)
	return result, err
}

func fails(ctx workflow.Context, queue, mode string, isTold bool) (converter.RawValue, error) {
	options := workflow.ActivityOptions{ActivityID: only, TaskQueue: queue, StartToCloseTimeout: time.Second, RetryPolicy: times(2)}
	if mode == "silent" {
		options.StartToCloseTimeout, options.HeartbeatTimeout = 5*time.Second, time.Second
	}
	ctx = workflow.WithActivityOptions(ctx, options)
	var result converter.RawValue
	err := workflow.ExecuteActivity(ctx, "Fail", mode).Get(ctx, &result)
	if err == nil || !isTold {
		return result, err
	}
	return told(tellFailure(err))
}

func told(text string) (converter.RawValue, error) {
	payload, err := converter.GetDefaultDataConverter().ToPayload([]byte(text))
	return converter.NewRawValue(payload), err
}

func own(workflow.Context) error {
	return temporal.NewApplicationErrorWithOptions("of my own", "Own", temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign,
		Details: []interface{}{map[string]int{"code": 7}}})
}

func facts(ctx workflow.Context, queue string) (converter.RawValue, error) {
	note := workflow.GetInfo(ctx).Memo.GetFields()["note"]
	trace, _ := ctx.Value(traceKey{}).(*commonpb.Payload)
	text := "memo " + tellPayload(note) + " header " + tellPayload(trace)
	attributes := workflow.GetTypedSearchAttributes(ctx)
	key, _ := attributes.GetKeyword(keyword)
	some, _ := attributes.GetString(words)
	whole, _ := attributes.GetInt64(number)
	real, _ := attributes.GetFloat64(double)
	is, _ := attributes.GetBool(truth)
	when, _ := attributes.GetTime(datetime)
	isTrue := 0
	if is {
		isTrue = 1
	}
	text += fmt.Sprintf(" keyword=%s text=%s int=%d double=%.2f bool=%d datetime=%ds", key, some, whole, real, isTrue, when.Unix())
	if err := workflow.UpsertMemo(ctx, map[string]interface{}{"seen": "yes"}); err != nil {
		return converter.RawValue{}, err
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, keyword.ValueSet("changed")); err != nil {
		return converter.RawValue{}, err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{ActivityID: only, TaskQueue: queue, StartToCloseTimeout: 10 * time.Second})
	var echoed converter.RawValue
	if err := workflow.ExecuteActivity(ctx, "Header").Get(ctx, &echoed); err != nil {
		return converter.RawValue{}, err
	}
	return told(text + " activity's " + tellPayload(echoed.Payload()))
}

func stateful(ctx workflow.Context) (int64, error) {
	total := int64(0)
	err := workflow.SetQueryHandler(ctx, "total", func(factor int64) (int64, error) { return total * factor, nil })
	if err != nil {
		return 0, err
	}
	for added := workflow.GetSignalChannel(ctx, "Add"); ; {
		value := int64(0)
		added.Receive(ctx, &value)
		if value == 0 {
			return total, nil
		}
		total += value
	}
}

// No timer: it would be numbered, too.
func waits(ctx workflow.Context) error {
	ctx.Done().Receive(ctx, nil)
	return ctx.Err()
}

func relays(ctx workflow.Context, queue string) (result int, err error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID: only, TaskQueue: queue, StartToCloseTimeout: 5 * time.Second, HeartbeatTimeout: 5 * time.Second, RetryPolicy: times(4)})
	err = workflow.ExecuteActivity(ctx, "Relay").Get(ctx, &result)
	return result, err
}

func laters(ctx workflow.Context, queue string) (result converter.RawValue, err error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID: "later", TaskQueue: queue, StartToCloseTimeout: 20 * time.Second, HeartbeatTimeout: 20 * time.Second,
		RetryPolicy: times(1), WaitForCancellation: true})
	if err = workflow.ExecuteActivity(ctx, "Later").Get(ctx, &result); err != nil {
		return told(tellFailure(err))
	}
	return result, nil
}

func chain(ctx workflow.Context, left int) (converter.RawValue, error) {
	if left > 0 {
		return converter.RawValue{}, workflow.NewContinueAsNewError(ctx, "Chain", left-1)
	}
	note := workflow.GetInfo(ctx).Memo.GetFields()["note"]
	if note == nil {
		return converter.RawValue{}, errors.New("the memo is lost")
	}
	return converter.NewRawValue(note), nil
}

// Steps under ids of their own, which either SDK goes on with where the other one left off.
func shared(ctx workflow.Context, queue string) (converter.RawValue, error) {
	text := ""
	for i := 1; i <= 8; i++ {
		if i%3 == 0 {
			workflow.GetSignalChannel(ctx, "Go").Receive(ctx, nil)
		}
		step := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			ActivityID: fmt.Sprintf("step-%d", i), TaskQueue: queue, StartToCloseTimeout: 10 * time.Second})
		var value converter.RawValue
		if err := workflow.ExecuteActivity(step, "Mirror", i).Get(ctx, &value); err != nil {
			return converter.RawValue{}, err
		}
		text += tellPayload(value.Payload())
	}
	return told(text)
}
