// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/api/command/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A counter of completions that asked for a sticky queue.
type counter struct{ atomic.Int64 }

func (c *counter) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if done, is := request.(*workflowservice.RespondWorkflowTaskCompletedRequest); is && done.StickyAttributes != nil {
		c.Add(1)
	}
	return invoke(ctx, method, request, reply, conn, options...)
}

type task = workflowservice.PollWorkflowTaskQueueResponse

// startRaw starts what no worker knows, on a queue that only poll asks.
func (w *world) startRaw(id string) client.WorkflowRun {
	run, err := w.client.ExecuteWorkflow(w.ctx, client.StartWorkflowOptions{ID: id, TaskQueue: "raw"}, "Raw")
	w.must(err)
	w.raws = append(w.raws, run)
	return run
}

// poll takes a workflow task as a worker would, and does nothing with it.
func (w *world) poll() *task {
	task, err := w.client.WorkflowService().PollWorkflowTaskQueue(w.ctx, &workflowservice.PollWorkflowTaskQueueRequest{
		Namespace: "default", Identity: "raw", TaskQueue: &taskqueue.TaskQueue{Name: "raw"}})
	w.must(err)
	w.expect(len(task.TaskToken) > 0, "the poll is empty")
	return task
}

func (w *world) respond(of *task, sticky *taskqueue.StickyExecutionAttributes, commands ...*command.Command) error {
	_, err := w.client.WorkflowService().RespondWorkflowTaskCompleted(w.ctx,
		&workflowservice.RespondWorkflowTaskCompletedRequest{
			Namespace: "default", Identity: "raw", TaskToken: of.TaskToken, Commands: commands, StickyAttributes: sticky})
	return err
}

func completes() *command.Command {
	return &command.Command{CommandType: enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
		Attributes: &command.Command_CompleteWorkflowExecutionCommandAttributes{
			CompleteWorkflowExecutionCommandAttributes: &command.CompleteWorkflowExecutionCommandAttributes{}}}
}

func startsTimer(id string, after time.Duration) *command.Command {
	return &command.Command{CommandType: enums.COMMAND_TYPE_START_TIMER,
		Attributes: &command.Command_StartTimerCommandAttributes{
			StartTimerCommandAttributes: &command.StartTimerCommandAttributes{
				TimerId: id, StartToFireTimeout: durationpb.New(after)}}}
}

func cancelsTimer(id string) *command.Command {
	return &command.Command{CommandType: enums.COMMAND_TYPE_CANCEL_TIMER,
		Attributes: &command.Command_CancelTimerCommandAttributes{
			CancelTimerCommandAttributes: &command.CancelTimerCommandAttributes{TimerId: id}}}
}
