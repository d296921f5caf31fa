// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// On one server, with the SDK's cache and without it.
var features = []testCase{
	{"retries_with_back_offs", retriesWithBackOffs},
	{"month_of_timers", monthOfTimers},
	{"hundred_days", hundredDays},
	{"signals", signals},
	{"signal_after_sleep", signalAfterSleep},
	{"queries", queries},
	{"update_awaited", updateAwaited},
	{"cancel_workflow", cancelWorkflow},
	{"cancel_activity", cancelActivity},
	{"continue_as_new", continueAsNew},
	{"heartbeats", heartbeats},
	{"heartbeat_timeout", heartbeatTimeout},
	{"schedule_to_start_timeout", scheduleToStartTimeout},
	{"run_timeout", runTimeout},
	{"skipping_off", skippingOff},
	{"manual_sleep", manualSleep},
	{"several_workers", severalWorkers},
	{"results_at_once", resultsAtOnce},
	{"several_clients", severalClients},
	{"readme_snippet", readme},
}

func retriesWithBackOffs(w *world) {
	passed := w.passes(func() {
		w.about("five back-offs", get[time.Duration](w, w.start("Retries")), 31*time.Minute)
	})
	w.about("five back-offs on the server", passed, 31*time.Minute)
}

func monthOfTimers(w *world) {
	passed := w.passes(func() {
		w.about("thirty days", get[time.Duration](w, w.start("Timers", 30, day)), 30*day)
	})
	w.about("thirty days on the server", passed, 30*day)
}

func hundredDays(w *world) {
	passed := w.passes(func() {
		w.about("a hundred days", get[time.Duration](w, w.start("Timers", 1, 100*day)), 100*day)
	})
	w.about("a hundred days on the server", passed, 100*day)
}

func signals(w *world) {
	run := w.start("Mailbox")
	for _, word := range []string{"one", "two", "three"} {
		w.signal(run, "add", word)
	}
	w.signal(run, "end", nil)
	got := get[[]string](w, run)
	w.expect(slices.Equal(got, []string{"one", "two", "three"}), "got %v", got)
}

// The clock stands where the sleep ended while the client signals: no run timeout comes first.
func signalAfterSleep(w *world) {
	run := w.startWith(client.StartWorkflowOptions{WorkflowRunTimeout: 10 * day}, "Patient")
	for range 3 {
		w.about("a day", w.passes(func() { w.must(w.skipping.Sleep(w.ctx, day)) }), day)
	}
	w.signal(run, "go", nil)
	w.expect(get[bool](w, run), "the signal did not come")
}

func queries(w *world) {
	run := w.start("Mailbox")
	w.signal(run, "add", "one")
	ask := func() (got []string) {
		value, err := w.client.QueryWorkflow(w.ctx, run.GetID(), "", "got")
		w.must(err)
		w.must(value.Get(&got))
		return got
	}
	w.expect(slices.Equal(ask(), []string{"one"}), "open, it has %v", ask())
	w.signal(run, "end", nil)
	get[[]string](w, run)
	w.expect(slices.Equal(ask(), []string{"one"}), "closed, it has %v", ask())
	_, err := w.client.QueryWorkflow(w.ctx, run.GetID(), "", "nothing")
	var failed *serviceerror.QueryFailed
	w.expect(errors.As(err, &failed), "an unknown query: %v", err)
}

func updateAwaited(w *world) {
	run := w.start("Updated")
	w.must(w.skipping.Unlock(w.ctx))
	defer w.skipping.Lock(context.WithoutCancel(w.ctx))
	passed := w.passes(func() {
		update, err := w.client.UpdateWorkflow(w.ctx, client.UpdateWorkflowOptions{
			WorkflowID: run.GetID(), UpdateName: "rest", WaitForStage: client.WorkflowUpdateStageCompleted})
		w.served(err)
		w.must(update.Get(w.ctx, nil))
	})
	w.about("an update that takes a day", passed, day)
}

// served leaves a case out that the server does not serve.
func (w *world) served(err error) {
	var missing *serviceerror.Unimplemented
	if errors.As(err, &missing) {
		panic(omission{missing.Error()})
	}
	w.must(err)
}

func cancelWorkflow(w *world) {
	run := w.start("Waits")
	w.must(w.skipping.Sleep(w.ctx, day))
	passed := w.passes(func() {
		w.must(w.client.CancelWorkflow(w.ctx, run.GetID(), ""))
		var canceled *temporal.CanceledError
		err := run.Get(w.ctx, nil)
		w.expect(errors.As(err, &canceled), "canceled, it ended with %v", err)
	})
	w.about("cancellation", passed, 0)
}

func cancelActivity(w *world) {
	run := w.start("StopsActivity", "Beat", workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, HeartbeatTimeout: time.Second})
	w.untilAtWork(run)
	w.signal(run, "stop", nil)
	how := get[string](w, run)
	w.expect(how == "canceled", "it ended by %s", how)
}

func continueAsNew(w *world) {
	run := w.start("Chain", 5, 0)
	first := w.client.GetWorkflow(w.ctx, run.GetID(), run.GetRunID())
	passed := w.passes(func() { w.about("five runs", get[time.Duration](w, run), 5*day) })
	w.about("five runs on the server", passed, 5*day)
	w.runs = append(w.runs, first)
	status := w.status(first).String()
	w.expect(status == "ContinuedAsNew", "the first run is %s", status)
	w.expect(first.GetRunID() != run.GetRunID(), "there is one run")
}

func heartbeats(w *world) {
	options := workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 10 * time.Second}
	how := get[string](w, w.start("OneActivity", options, "Resume", nil))
	w.expect(how == "42", "the second attempt says %s", how)
}

// The worker's work goes in real time: so does the wait for it.
func heartbeatTimeout(w *world) {
	options := workflow.ActivityOptions{StartToCloseTimeout: day, HeartbeatTimeout: time.Second,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}}
	passed := w.passes(func() {
		how := get[string](w, w.start("OneActivity", options, "Hang", nil))
		w.expect(how == "Heartbeat", "it ended by %s", how)
	})
	w.about("its timeout", passed, time.Second)
}

func scheduleToStartTimeout(w *world) {
	options := workflow.ActivityOptions{TaskQueue: "nobody", StartToCloseTimeout: day, ScheduleToStartTimeout: time.Second}
	how := get[string](w, w.start("OneActivity", options, "Greet", []any{"nobody"}))
	w.expect(how == "ScheduleToStart", "it ended by %s", how)
}

// A client that sleeps asks for it; no result that is awaited does.
func runTimeout(w *world) {
	run := w.startWith(client.StartWorkflowOptions{WorkflowRunTimeout: 10 * day}, "Mailbox")
	w.about("eleven days", w.passes(func() { w.must(w.skipping.Sleep(w.ctx, 11*day)) }), 11*day)
	var late *temporal.TimeoutError
	err := run.Get(w.ctx, nil)
	w.expect(errors.As(err, &late), "after its timeout: %v", err)
}

func skippingOff(w *world) {
	w.must(w.skipping.Lock(w.ctx))
	start := time.Now()
	passed := w.passes(func() { get[time.Duration](w, w.start("Timers", 1, time.Second)) })
	w.must(w.skipping.Unlock(w.ctx))
	w.about("a second on the server", passed, time.Second)
	w.expect(time.Since(start) > 900*time.Millisecond, "a second took %v", time.Since(start))
	w.skips()
}

func manualSleep(w *world) {
	run := w.start("Timers", 3, day)
	w.about("two days", w.passes(func() { w.must(w.skipping.Sleep(w.ctx, 2*day+time.Hour)) }), 2*day+time.Hour)
	value, err := w.client.QueryWorkflow(w.ctx, run.GetID(), "", "done")
	w.must(err)
	var done int
	w.must(value.Get(&done))
	w.expect(done == 2, "after two days it had %d", done)
	w.about("the third", w.passes(func() { get[time.Duration](w, run) }), day-time.Hour)
}

func severalWorkers(w *world) {
	queues := []string{w.queue + "-2", w.queue, w.queue + "-3", w.queue + "-2"}
	at := get[[]string](w, w.start("Queues", queues))
	w.expect(slices.Equal(at, queues), "they were at %v", at)
}

// Each goroutine unlocks and locks.
func resultsAtOnce(w *world) {
	passed := w.passes(func() { w.atOnce(8, func(int) client.Client { return w.client }) })
	w.about("eight at once", passed, 8*day)
	w.holds()
}

// Each connection unlocks and locks.
func severalClients(w *world) {
	clients := []client.Client{}
	for range 3 {
		other, err := dial(w.address, (&Skipping{}).Intercept)
		w.must(err)
		defer other.Close()
		clients = append(clients, other)
	}
	passed := w.passes(func() { w.atOnce(3, func(i int) client.Client { return clients[i] }) })
	w.about("three at once", passed, 3*day)
	w.holds()
}

func (w *world) atOnce(count int, asks func(int) client.Client) {
	var group sync.WaitGroup
	runs, wrong := []client.WorkflowRun{}, make([]error, count)
	for i := range count {
		runs = append(runs, w.start("Timers", i+1, day))
	}
	for i, run := range runs {
		group.Go(func() { wrong[i] = asks(i).GetWorkflow(w.ctx, run.GetID(), run.GetRunID()).Get(w.ctx, nil) })
	}
	group.Wait()
	w.must(errors.Join(wrong...))
}

func readme(w *world) {
	var text string
	var err error
	w.about("a month", w.passes(func() { text, err = readmeSnippet(w.ctx, w.address) }), 30*day)
	w.must(err)
	w.expect(text == "Hello, Ada", "it says %q", text)
}

func usesStickyQueue(w *world) {
	before := w.sticky.Load()
	get[time.Duration](w, w.start("Timers", 2, day))
	w.expect(w.sticky.Load() > before, "no completion asked for the sticky queue")
}

func usesNoStickyQueue(w *world) {
	get[time.Duration](w, w.start("Timers", 2, day))
	w.expect(w.sticky.Load() == 0, "%d completions asked for a sticky queue", w.sticky.Load())
}
