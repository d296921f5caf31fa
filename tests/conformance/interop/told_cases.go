// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// What is told beside arguments and results: attributes, headers, metadata; and what runs answer by themselves.

// A payload that the SDK's converter would not make.
func (c *cases) reflectsMessage(encoding, data string) func(context.Context) {
	return func(ctx context.Context) {
		c.reflect(ctx, converter.NewRawValue(&commonpb.Payload{Data: []byte(data), Metadata: map[string][]byte{
			"encoding": []byte(encoding), "messageType": []byte("temporal.api.common.v1.WorkflowExecution"), "x-own": []byte("\x01\xfe")}}))
	}
}

// The activity's worker is the Go SDK's, and encodes messages of failures.
func (c *cases) failsEncoded(isTold bool) func(context.Context) {
	return func(ctx context.Context) { c.tellResult(ctx, c.start(ctx, "Fails", "encoded", "application", isTold)) }
}

func (c *cases) attributes(ctx context.Context) {
	c.tellResult(ctx, c.startWith(ctx, client.StartWorkflowOptions{TypedSearchAttributes: temporal.NewSearchAttributes(
		truth.ValueSet(true), datetime.ValueSet(time.Unix(1700000000, 250000000).UTC()), double.ValueSet(2.25), number.ValueSet(42),
		keyword.ValueSet("key"), list.ValueSet([]string{"red", "blue"}), words.ValueSet("some words"))}, "Attributes"))
	described, err := c.client.DescribeWorkflow(ctx, c.id(), "")
	c.complain("describe", err)
	if err == nil {
		c.tell("; then%s", tellAttributes(described.TypedSearchAttributes))
	}
}

func withTrace(ctx context.Context, text string) context.Context {
	trace, _ := converter.GetDefaultDataConverter().ToPayload(text)
	return context.WithValue(ctx, traceKey{}, trace)
}

func (c *cases) headers(ctx context.Context) {
	run := c.start(ctx, "Headers")
	answer, err := c.client.QueryWorkflow(withTrace(ctx, "asked"), c.id(), "", "header")
	c.complain("query", err)
	var header converter.RawValue
	if err == nil && answer.Get(&header) == nil {
		c.tell("query's %s; ", tellPayload(header.Payload()))
	}
	c.complain("signal", c.client.SignalWorkflow(withTrace(ctx, "signaled"), c.id(), "", "Header", nil))
	c.tellResult(ctx, run)
}

// Where the code stands, and what it is, differs between SDKs but for these words. JSON may have spaces anywhere.
func (c *cases) tellAnswer(ctx context.Context, query string, words ...string) {
	answer, err := c.client.QueryWorkflow(ctx, c.id(), "", query)
	c.complain(query, err)
	var value converter.RawValue
	if err != nil || answer.Get(&value) != nil {
		return
	}
	text := strings.ReplaceAll(string(value.Payload().GetData()), " ", "")
	value.Payload().Data = nil
	c.tell("%s %s", query, tellPayload(value.Payload()))
	for _, word := range words {
		is := 0
		if strings.Contains(text, word) {
			is = 1
		}
		c.tell(" %s=%d", word, is)
	}
	c.tell("; ")
}

func (c *cases) answersByItself(ctx context.Context) {
	c.start(ctx, "Stateful")
	c.tellAnswer(ctx, "__temporal_workflow_metadata", `"type":"Stateful"`, `"name":"total"`, `"__stack_trace"`)
	c.tellAnswer(ctx, "__stack_trace", "stateful", "nowhere")
	c.complain("terminate", c.client.TerminateWorkflow(ctx, c.id(), "", ""))
}
