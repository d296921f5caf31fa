// SPDX-License-Identifier: MIT

package main

import (
	"context"

	"github.com/nexus-rpc/sdk-go/nexus"
	nexuspb "go.temporal.io/api/nexus/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporalnexus"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

var sleeps = temporalnexus.NewWorkflowRunOperation("sleeps", Rests,
	func(_ context.Context, _ nexus.NoValue, options nexus.StartOperationOptions) (client.StartWorkflowOptions, error) {
		return client.StartWorkflowOptions{ID: options.RequestID}, nil
	})

func Rests(ctx workflow.Context, _ nexus.NoValue) (nexus.NoValue, error) {
	return nil, workflow.Sleep(ctx, day)
}

func CallsNexus(ctx workflow.Context) error {
	service := workflow.NewNexusClient("endpoint", "rest")
	return service.ExecuteOperation(ctx, sleeps, nil, workflow.NexusOperationOptions{}).Get(ctx, nil)
}

// An operation that another workflow carries out holds no clock while that one sleeps.
func asyncNexus(w *world) {
	_, err := w.client.OperatorService().CreateNexusEndpoint(w.ctx, &operatorservice.CreateNexusEndpointRequest{
		Spec: &nexuspb.EndpointSpec{Name: "endpoint", Target: &nexuspb.EndpointTarget{
			Variant: &nexuspb.EndpointTarget_Worker_{Worker: &nexuspb.EndpointTarget_Worker{
				Namespace: "default", TaskQueue: "nexus"}}}}})
	w.served(err)
	works := worker.New(w.client, "nexus", worker.Options{})
	service := nexus.NewService("rest")
	w.must(service.Register(sleeps))
	works.RegisterNexusService(service)
	works.RegisterWorkflow(Rests)
	works.RegisterWorkflow(CallsNexus)
	w.must(works.Start())
	defer works.Stop()
	run, err := w.client.ExecuteWorkflow(w.ctx, client.StartWorkflowOptions{TaskQueue: "nexus"}, "CallsNexus")
	w.must(err)
	w.raws = append(w.raws, run)
	w.about("a day", w.passes(func() { w.must(run.Get(w.ctx, nil)) }), day)
	w.skips()
	w.holds()
}
