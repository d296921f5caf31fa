// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

var list = temporal.NewSearchAttributeKeyKeywordList("CustomKeywordListField")

// Those that are there, by name, in the words of tests/conformance/peer/told_workflows.c.
func tellAttributes(from temporal.SearchAttributes) string {
	text := ""
	if is, there := from.GetBool(truth); there {
		value := 0
		if is {
			value = 1
		}
		text += fmt.Sprintf(" %s=%d", truth.GetName(), value)
	}
	if when, there := from.GetTime(datetime); there {
		text += fmt.Sprintf(" %s=%dms", datetime.GetName(), when.UnixMilli())
	}
	if real, there := from.GetFloat64(double); there {
		text += fmt.Sprintf(" %s=%.2f", double.GetName(), real)
	}
	if whole, there := from.GetInt64(number); there {
		text += fmt.Sprintf(" %s=%d", number.GetName(), whole)
	}
	if key, there := from.GetKeyword(keyword); there {
		text += fmt.Sprintf(" %s=%s", keyword.GetName(), key)
	}
	if items, there := from.GetKeywordList(list); there {
		text += fmt.Sprintf(" %s=%s", list.GetName(), strings.Join(items, ","))
	}
	if some, there := from.GetString(words); there {
		text += fmt.Sprintf(" %s=%s", words.GetName(), some)
	}
	return text
}

func attributes(ctx workflow.Context) (converter.RawValue, error) {
	text := tellAttributes(workflow.GetTypedSearchAttributes(ctx))
	err := workflow.UpsertTypedSearchAttributes(ctx, truth.ValueSet(false), datetime.ValueSet(time.Unix(1800000000, 0).UTC()),
		double.ValueSet(-0.5), number.ValueUnset(), keyword.ValueSet("another"), list.ValueSet([]string{"one", "two", "three"}),
		words.ValueSet("other words"))
	if err != nil {
		return converter.RawValue{}, err
	}
	return told(text)
}

// Code of workflows sees no headers of signals and queries in this SDK: interceptors do, and hand them in as values.
type headerTeller struct {
	interceptor.WorkerInterceptorBase
}

type inboundTeller struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (headerTeller) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	it := &inboundTeller{}
	it.Next = next
	return it
}

func headerOf(ctx workflow.Context) *commonpb.Payload {
	if trace, is := interceptor.WorkflowHeader(ctx)["trace"]; is {
		return trace
	}
	none, _ := converter.GetDefaultDataConverter().ToPayload("none")
	return none
}

func (t *inboundTeller) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	if in.SignalName == "Header" {
		in.Arg = &commonpb.Payloads{Payloads: []*commonpb.Payload{headerOf(ctx)}}
	}
	return t.Next.HandleSignal(ctx, in)
}

func (t *inboundTeller) HandleQuery(ctx workflow.Context, in *interceptor.HandleQueryInput) (any, error) {
	if in.QueryType == "header" {
		return converter.NewRawValue(headerOf(ctx)), nil
	}
	return t.Next.HandleQuery(ctx, in)
}

// The header of the signal that ends it; a query answers its own.
func headers(ctx workflow.Context) (header converter.RawValue, err error) {
	err = workflow.SetQueryHandler(ctx, "header", func() (string, error) { return "the interceptor answers", nil })
	if err != nil {
		return header, err
	}
	workflow.GetSignalChannel(ctx, "Header").Receive(ctx, &header)
	return header, nil
}

// An activity whose attempts go from one SDK to the other: on the queue that both poll.
func handsOver(ctx workflow.Context) (result converter.RawValue, err error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID: only, TaskQueue: "both", StartToCloseTimeout: 5 * time.Second, HeartbeatTimeout: 5 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond, BackoffCoefficient: 1, MaximumAttempts: 60}})
	err = workflow.ExecuteActivity(ctx, "Hand").Get(ctx, &result)
	return result, err
}
