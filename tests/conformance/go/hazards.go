// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"
)

// What makes the clock of a test server stand still, or run away; each on a server of its own.
var lockedCases = []testCase{
	{"dropped_connection", droppedConnection},
	{"dropped_while_waiting", droppedWhileWaiting},
	{"unbalanced_unlock", unbalancedUnlock},
	{"unbalanced_of_two_clients", unbalancedOfTwo},
	{"canceled_sleep", canceledSleep},
	{"hazard_H1_closed_with_activity", closedWithActivity},
	{"hazard_H1_terminated_with_activity", terminatedWithActivity},
	{"hazard_H2_terminated_with_task", terminatedWithTask},
	{"hazard_H2_timed_out_with_task", timedOutWithTask},
	{"hazard_H3_canceled_before_start", canceledBeforeStart},
	{"hazard_H4_child_outlives_parent", childOutlivesParent},
	{"hazard_H5_async_nexus", asyncNexus},
	{"hazard_H6_canceled_activity_times_out", canceledActivityTimesOut},
	{"hazard_H7_refused_command", refusedCommand},
	{"hazard_H8_activity_sleeps_past_its_end", activitySleepsPastItsEnd},
	{"hazard_H10_task_holds_the_clock", taskHoldsTheClock},
	{"hazard_H11_nothing_left_behind", nothingLeftBehind},
	{"hazard_H12_no_jump_after_result", noJumpAfterResult},
	{"hazard_H14_sticky_worker_lost", stickyWorkerLost},
	{"hazard_H14_sticky_worker_stopped", stickyWorkerStopped},
	{"hazard_H15_equal_timers", equalTimers},
	{"hazard_H16_equal_tasks", equalTasks},
}

var unlockedCases = []testCase{
	{"started_unlocked", startedUnlocked},
	{"unbalanced_when_unlocked", unbalancedWhenUnlocked},
	{"hazard_H9_sleep_unlocks_too_much", sleepUnlocksTooMuch},
	{"hazard_H13_no_drive_to_run_timeout", noDriveToRunTimeout},
}

func closedWithActivity(w *world) {
	run := w.start("LeavesActivity")
	w.untilAtWork(run)
	w.signal(run, "end", nil)
	w.must(run.Get(w.ctx, nil))
	w.skips()
	w.holds()
}

func terminatedWithActivity(w *world) {
	run := w.start("LeavesActivity")
	w.untilAtWork(run)
	w.must(w.client.TerminateWorkflow(w.ctx, run.GetID(), "", ""))
	w.skips()
	w.holds()
}

func terminatedWithTask(w *world) {
	run := w.startRaw("terminated")
	task := w.poll()
	w.must(w.client.TerminateWorkflow(w.ctx, run.GetID(), "", ""))
	w.about("six hours", w.passes(func() { w.must(w.skipping.Sleep(w.ctx, 6*time.Hour)) }), 6*time.Hour)
	w.expect(w.respond(task, nil, completes()) != nil, "the task of a closed run was completed")
	w.skips()
}

func timedOutWithTask(w *world) {
	run, err := w.client.ExecuteWorkflow(w.ctx, client.StartWorkflowOptions{
		TaskQueue: "raw", WorkflowRunTimeout: time.Second}, "Raw")
	w.must(err)
	w.raws = append(w.raws, run)
	w.poll()
	w.until("the run timeout", func() bool { return w.status(run) == enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT })
	w.skips()
	w.holds()
}

func canceledBeforeStart(w *world) {
	run := w.start("StopsActivity", "Greet", workflow.ActivityOptions{
		TaskQueue: "nobody", ScheduleToCloseTimeout: time.Hour})
	w.until("the activity", func() bool { return len(w.describe(run).PendingActivities) == 1 })
	w.signal(run, "stop", nil)
	how := get[string](w, run)
	w.expect(how == "canceled", "it ended by %s", how)
	w.skips()
}

// Where there are no children, the task that starts one fails and says so.
func childOutlivesParent(w *world) {
	parent := w.start("Abandons", "left")
	w.until("the parent", func() bool { return w.status(parent) != enums.WORKFLOW_EXECUTION_STATUS_RUNNING || w.fails(parent) })
	w.about("the child", w.passes(func() { w.must(w.client.GetWorkflow(w.ctx, "left", "").Get(w.ctx, nil)) }), day)
	w.skips()
	w.holds()
}

// fails leaves a case out that needs a command which the server does not serve.
func (w *world) fails(run client.WorkflowRun) bool {
	for _, event := range w.historyOf(run).Events {
		why := event.GetWorkflowTaskFailedEventAttributes().GetFailure().GetMessage()
		if strings.Contains(why, "not supported") {
			panic(omission{why})
		}
	}
	return false
}

func canceledActivityTimesOut(w *world) {
	run := w.start("StopsActivity", "Hang", workflow.ActivityOptions{
		StartToCloseTimeout: time.Second, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	w.untilAtWork(run)
	w.signal(run, "stop", nil)
	how := get[string](w, run)
	w.expect(how == "StartToClose", "it ended by %s", how)
	w.skips()
}

// All of a completion comes true, or nothing of it.
func refusedCommand(w *world) {
	run := w.startRaw("refused")
	task := w.poll()
	w.expect(w.respond(task, nil, startsTimer("1", day), cancelsTimer("none")) != nil, "an unknown timer was canceled")
	w.must(w.respond(w.poll(), nil, startsTimer("1", day)))
	w.must(w.skipping.Sleep(w.ctx, day))
	w.must(w.respond(w.poll(), nil, completes()))
	cause, timers := enums.WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED, 0
	for _, event := range w.historyOf(run).Events {
		if failed := event.GetWorkflowTaskFailedEventAttributes(); failed != nil {
			cause = failed.Cause
		} else if event.GetTimerStartedEventAttributes() != nil {
			timers++
		}
	}
	w.expect(cause == enums.WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_TIMER_ATTRIBUTES, "the task failed by %v", cause)
	w.expect(timers == 1, "%d timers were started", timers)
	w.skips()
}

// The workflow sees the timeout on the clock that its activity moved.
func activitySleepsPastItsEnd(w *world) {
	options := workflow.ActivityOptions{StartToCloseTimeout: time.Hour,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}}
	run := w.start("OneActivity", options, "SleepOnServer", []any{2 * time.Hour})
	passed := w.passes(func() {
		how := get[string](w, run)
		w.expect(how == "StartToClose", "it ended by %s", how)
	})
	w.expect(passed >= time.Hour-time.Second && passed < 2*time.Hour+little, "its hour took %v", passed)
	w.skips()
	w.holds()
}

// At count 0: refused, and nothing stands still afterwards.
func sleepUnlocksTooMuch(w *world) {
	for range 5 {
		w.refused(w.skipping.Sleep(w.ctx, time.Hour))
	}
	w.must(w.skipping.Lock(w.ctx))
	w.holds()
	w.skips()
	w.about("an hour", w.passes(func() { w.must(w.skipping.Sleep(w.ctx, time.Hour)) }), time.Hour)
}

func taskHoldsTheClock(w *world) {
	w.startRaw("held")
	task := w.poll()
	ended := make(chan error, 2)
	for range 2 {
		run := w.start("Timers", 1, day)
		go func() { ended <- run.Get(w.ctx, nil) }()
	}
	w.about("a moment", w.passes(func() { time.Sleep(300 * time.Millisecond) }), 300*time.Millisecond)
	w.expect(len(ended) == 0, "a day went by with a task open")
	passed := w.passes(func() {
		w.must(w.respond(task, nil, completes()))
		w.must(<-ended)
		w.must(<-ended)
	})
	w.about("the rest of the day", passed, day)
}

// An activity's timeouts end with it; a run's timers and timeouts with the run, however it ends.
func nothingLeftBehind(w *world) {
	w.mayNotJump(func() {
		run := w.start("OneActivity", workflow.ActivityOptions{StartToCloseTimeout: day}, "Greet", []any{"you"})
		w.until("the result", func() bool { return w.status(run) != enums.WORKFLOW_EXECUTION_STATUS_RUNNING })
	})
	get[time.Duration](w, w.start("Timers", 2, day))
	canceled := w.startWith(client.StartWorkflowOptions{WorkflowRunTimeout: 50 * day}, "Waits")
	w.must(w.skipping.Sleep(w.ctx, time.Hour))
	w.must(w.client.CancelWorkflow(w.ctx, canceled.GetID(), ""))
	w.expect(canceled.Get(w.ctx, nil) != nil, "what was canceled completed")
	ended := w.startWith(client.StartWorkflowOptions{WorkflowRunTimeout: 50 * day}, "Timers", 1, 40*day)
	w.until("its timer", func() bool { return w.tasksOf(ended) == 1 })
	w.must(w.client.TerminateWorkflow(w.ctx, ended.GetID(), "", ""))
	w.mayNotJump(func() {})
}

func (w *world) mayNotJump(first func()) {
	w.must(w.skipping.Unlock(w.ctx))
	passed := w.passes(func() {
		first()
		time.Sleep(300 * time.Millisecond)
	})
	w.must(w.skipping.Lock(w.ctx))
	w.about("a moment", passed, 300*time.Millisecond)
}

// A client that is slow to lock finds the clock where its result left it, though its worker asks for work meanwhile.
func noJumpAfterResult(w *world) {
	waits := w.startWith(client.StartWorkflowOptions{WorkflowRunTimeout: 90 * day}, "Patient")
	asks, skipping := w.plain()
	defer asks.Close()
	works := worker.New(asks, "slow", worker.Options{})
	works.RegisterWorkflow(Timers)
	w.must(works.Start())
	defer works.Stop()
	for range 5 {
		run, err := asks.ExecuteWorkflow(w.ctx, client.StartWorkflowOptions{TaskQueue: "slow"}, "Timers", 1, day)
		w.must(err)
		passed := w.passes(func() {
			w.must(skipping.Unlock(w.ctx))
			w.must(run.Get(w.ctx, nil))
			time.Sleep(20 * time.Millisecond)
			w.must(skipping.Lock(w.ctx))
		})
		w.about("a day", passed, day)
	}
	w.signal(waits, "go", nil)
	w.expect(get[bool](w, waits), "the signal did not come in time")
}

func noDriveToRunTimeout(w *world) {
	run := w.startWith(client.StartWorkflowOptions{WorkflowRunTimeout: time.Hour}, "Mailbox")
	w.about("a moment", w.passes(func() { time.Sleep(300 * time.Millisecond) }), 300*time.Millisecond)
	w.signal(run, "end", nil)
	w.until("the end", func() bool { return w.status(run) != enums.WORKFLOW_EXECUTION_STATUS_RUNNING })
	w.expect(w.status(run) == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, "it ended %v", w.status(run))
}

// The queue of a worker that nobody heard of again is left after its timeout.
func stickyWorkerLost(w *world) {
	run := w.startRaw("lost")
	w.must(w.respond(w.poll(), &taskqueue.StickyExecutionAttributes{
		WorkerTaskQueue:        &taskqueue.TaskQueue{Name: "lost", Kind: enums.TASK_QUEUE_KIND_STICKY, NormalName: "raw"},
		ScheduleToStartTimeout: durationpb.New(time.Second)}))
	w.signal(run, "go", nil)
	w.must(w.respond(w.poll(), nil, completes()))
	w.skips()
}

// tasksOf counts the workflow tasks that were completed.
func (w *world) tasksOf(run client.WorkflowRun) (count int) {
	for _, event := range w.historyOf(run).Events {
		if event.GetWorkflowTaskCompletedEventAttributes() != nil {
			count++
		}
	}
	return count
}

func stickyWorkerStopped(w *world) {
	run := w.start("Mailbox")
	w.until("the first task", func() bool { return w.tasksOf(run) == 1 })
	w.signal(run, "add", "one")
	w.until("the signal's task", func() bool { return w.tasksOf(run) == 2 })
	w.workers[0].Stop()
	w.workers = w.workers[1:]
	_, err := w.work(w.queue)
	w.must(err)
	w.signal(run, "end", nil)
	got := get[[]string](w, run)
	w.expect(slices.Equal(got, []string{"one"}), "got %v", got)
	w.skips()
}

func equalTimers(w *world) {
	for range 5 {
		order := get[[]int](w, w.start("EqualTimers", 8))
		w.expect(slices.Equal(order, []int{0, 1, 2, 3, 4, 5, 6, 7}), "they fired in the order %v", order)
	}
}

func equalTasks(w *world) {
	for i := range 10 {
		w.startRaw(fmt.Sprintf("equal-%d", i))
	}
	for i := range 10 {
		task := w.poll()
		id := task.WorkflowExecution.WorkflowId
		w.expect(id == fmt.Sprintf("equal-%d", i), "task %d is of %s", i, id)
		w.must(w.respond(task, nil, completes()))
	}
}
