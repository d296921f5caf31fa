// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"google.golang.org/grpc"
)

var quiet = log.NewStructuredLogger(slog.New(slog.DiscardHandler))

// A world is what a case has: a client that skips, workers, and what it began, which it has to end and to replay.
type world struct {
	ctx        context.Context
	client     client.Client
	skipping   *Skipping
	address    string
	queue      string
	workers    []worker.Worker
	runs, raws []client.WorkflowRun
	sticky     *counter
}

// What a case panics with.
type failure struct{ text string }
type omission struct{ text string }

func (w *world) must(err error) {
	if err != nil {
		panic(failure{err.Error()})
	}
}

func (w *world) expect(right bool, format string, arguments ...any) {
	if !right {
		panic(failure{fmt.Sprintf(format, arguments...)})
	}
}

func dial(address string, interceptors ...grpc.UnaryClientInterceptor) (client.Client, error) {
	return client.Dial(client.Options{HostPort: address, Logger: quiet, ConnectionOptions: client.ConnectionOptions{
		DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(interceptors...)}}})
}

func newWorld(address, queue string) (*world, error) {
	w := &world{ctx: context.Background(), skipping: &Skipping{}, address: address, queue: queue, sticky: &counter{}}
	var err error
	if w.client, err = dial(address, w.skipping.Intercept, w.sticky.intercept); err != nil {
		return nil, err
	}
	for _, one := range []string{queue, queue + "-2", queue + "-3", "greetings"} {
		if _, err := w.work(one); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// work adds a worker.
func (w *world) work(queue string) (worker.Worker, error) {
	one := worker.New(w.client, queue, worker.Options{WorkerStopTimeout: 100 * time.Millisecond})
	for _, it := range all {
		one.RegisterWorkflow(it)
	}
	one.RegisterActivity(&activities{w.skipping})
	w.workers = append(w.workers, one)
	return one, one.Start()
}

func (w *world) end() {
	for _, one := range w.workers {
		one.Stop()
	}
	w.client.Close()
}

func (w *world) start(name string, arguments ...any) client.WorkflowRun {
	return w.startWith(client.StartWorkflowOptions{}, name, arguments...)
}

func (w *world) startWith(options client.StartWorkflowOptions, name string, arguments ...any) client.WorkflowRun {
	options.TaskQueue = w.queue
	run, err := w.client.ExecuteWorkflow(w.ctx, options, name, arguments...)
	w.must(err)
	w.runs = append(w.runs, run)
	return run
}

// get awaits a result, with skipping.
func get[T any](w *world, run client.WorkflowRun) (result T) {
	w.must(run.Get(w.ctx, &result))
	return result
}

func (w *world) signal(run client.WorkflowRun, name string, argument any) {
	w.must(w.client.SignalWorkflow(w.ctx, run.GetID(), "", name, argument))
}

func (w *world) status(run client.WorkflowRun) enums.WorkflowExecutionStatus {
	return w.describe(run).WorkflowExecutionInfo.Status
}

func (w *world) describe(run client.WorkflowRun) *workflowservice.DescribeWorkflowExecutionResponse {
	described, err := w.client.DescribeWorkflowExecution(w.ctx, run.GetID(), run.GetRunID())
	w.must(err)
	return described
}

// until waits for what comes by itself.
func (w *world) until(what string, is func() bool) {
	for !is() {
		if w.ctx.Err() != nil {
			panic(failure{what + " did not come"})
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// untilAtWork waits until a run's activity is.
func (w *world) untilAtWork(run client.WorkflowRun) {
	w.until("the activity", func() bool {
		pending := w.describe(run).PendingActivities
		return len(pending) == 1 && pending[0].State == enums.PENDING_ACTIVITY_STATE_STARTED
	})
}

func (w *world) historyOf(run client.WorkflowRun) *history.History {
	whole := &history.History{}
	events := w.client.GetWorkflowHistory(w.ctx, run.GetID(), run.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		w.must(err)
		whole.Events = append(whole.Events, event)
	}
	return whole
}

// replay lets the SDK's replayer go through what the case's workflows did.
func (w *world) replay() {
	for _, run := range w.runs {
		replayer := worker.NewWorkflowReplayer()
		for _, it := range all {
			replayer.RegisterWorkflow(it)
		}
		if err := replayer.ReplayWorkflowHistory(quiet, w.historyOf(run)); err != nil {
			panic(failure{fmt.Sprintf("replay of %s: %v", run.GetID(), err)})
		}
	}
}

// tidy ends what is open.
func (w *world) tidy() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, run := range append(w.runs, w.raws...) {
		_ = w.client.TerminateWorkflow(ctx, run.GetID(), "", "the case is over")
	}
	w.runs, w.raws = nil, nil
}
