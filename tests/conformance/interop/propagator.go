// SPDX-License-Identifier: MIT

package main

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/workflow"
)

// Hands the header "trace" on, as it is.
type propagator struct{}

type traceKey struct{}

func (propagator) Inject(ctx context.Context, writer workflow.HeaderWriter) error {
	if trace, is := ctx.Value(traceKey{}).(*commonpb.Payload); is {
		writer.Set("trace", trace)
	}
	return nil
}

func (propagator) InjectFromWorkflow(ctx workflow.Context, writer workflow.HeaderWriter) error {
	if trace, is := ctx.Value(traceKey{}).(*commonpb.Payload); is {
		writer.Set("trace", trace)
	}
	return nil
}

func (propagator) Extract(ctx context.Context, reader workflow.HeaderReader) (context.Context, error) {
	if trace, is := reader.Get("trace"); is {
		ctx = context.WithValue(ctx, traceKey{}, trace)
	}
	return ctx, nil
}

func (propagator) ExtractToWorkflow(ctx workflow.Context, reader workflow.HeaderReader) (workflow.Context, error) {
	if trace, is := reader.Get("trace"); is {
		ctx = workflow.WithValue(ctx, traceKey{}, trace)
	}
	return ctx, nil
}
