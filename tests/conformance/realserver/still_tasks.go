// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"math"
	"sync"
	"time"

	"go.temporal.io/server/api/enums/v1"
	"go.temporal.io/server/common/definition"
	common "go.temporal.io/server/common/tasks"
	"go.temporal.io/server/service/history"
	historyi "go.temporal.io/server/service/history/interfaces"
	"go.temporal.io/server/service/history/queues"
	"go.temporal.io/server/service/history/tasks"
)

// The kinds of what a test's time may be moved to, as enum tl_deadline_kind numbers them.
const (
	kindWaking = 1
	kindIdle   = 2
	kindRun    = 4
)

// A task is kept with the millisecond behind its deadline.
const precision = time.Millisecond

// What a test names for a time that does not come.
var never = time.Unix(0, math.MaxInt64).UTC()

// There is one shard, whose tasks have numbers of their own.
type taskID struct {
	category int
	number   int64
}

func idOf(task tasks.Task) taskID { return taskID{task.GetCategory().ID(), task.GetTaskID()} }

// One that was made and is not done.
type openTask struct {
	due        time.Time // zero: at once
	kind       int
	executable queues.Executable // once it was tried
}

// In which order tasks are done that are due.
func (t *openTask) before(id taskID, other *openTask, otherID taskID) bool {
	if id.category != otherID.category {
		return id.category < otherID.category // what is to be done at once before timers
	}
	if !t.due.Equal(other.due) {
		return t.due.Before(other.due)
	}
	return id.number < otherID.number
}

// taskBook knows every task of the history service that is not done: it stands before the service's queues, which hear
// of each task that is made, and before those who do them. Tasks are done one after the other, in the order in which
// they were made, so that what is due at one time has one order.
type taskBook struct {
	clock  *stillClock
	mutex  sync.Mutex
	turn   *sync.Cond // of mutex: what is done is another
	open   map[taskID]*openTask
	timers []queues.Queue
	isBusy bool      // somebody does one
	queued int       // of those done: gave a worker's task to a queue
	done   time.Time // when the last one was, on the machine's clock
}

func newTaskBook(clock *stillClock) *taskBook {
	book := &taskBook{clock: clock, open: map[taskID]*openTask{}, done: time.Now()}
	book.turn = sync.NewCond(&book.mutex)
	return book
}

// Whether none that was never tried is before it. Those that failed come again when they can.
func (b *taskBook) isFirst(id taskID) bool {
	task := b.open[id]
	now := b.clock.stands()
	for otherID, other := range b.open {
		if task != nil && other.executable == nil && !other.due.After(now) && other.before(otherID, task, id) {
			return false
		}
	}
	return true
}

// What histories know nothing of is done meanwhile.
func isOrdered(task tasks.Task) bool {
	return task.GetCategory() == tasks.CategoryTransfer || task.GetCategory() == tasks.CategoryTimer
}

func (b *taskBook) begin(id taskID) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for b.isBusy || !b.isFirst(id) {
		b.turn.Wait()
	}
	b.isBusy = true
}

func kindOf(task tasks.Task) int {
	switch task.GetType() {
	case enums.TASK_TYPE_WORKFLOW_RUN_TIMEOUT, enums.TASK_TYPE_WORKFLOW_EXECUTION_TIMEOUT:
		return kindRun
	case enums.TASK_TYPE_DELETE_HISTORY_EVENT:
		return kindIdle
	default:
		return kindWaking
	}
}

func (b *taskBook) note(made []tasks.Task) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, task := range made {
		if _, wakes := task.(*tasks.FakeTask); wakes || !isOrdered(task) {
			continue
		}
		noted := &openTask{kind: kindOf(task)}
		if task.GetCategory().Type() == tasks.CategoryTypeScheduled {
			noted.due = task.GetVisibilityTime().Add(-precision)
		}
		b.open[idOf(task)] = noted
	}
}

// What the task hands over has arrived, at a poll for example, when the next one is begun.
func (b *taskBook) end(executable queues.Executable) {
	for range handOver {
		time.Sleep(look)
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.done = time.Now()
	b.isBusy = false
	b.turn.Broadcast()
	if noted := b.open[idOf(executable)]; noted != nil {
		noted.executable = executable
	}
}

// How many tasks are due.
func (b *taskBook) due() int {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	due, now := 0, b.clock.stands()
	for id, task := range b.open {
		if task.executable != nil && task.executable.State() != common.TaskStatePending {
			delete(b.open, id)
		} else if !task.due.After(now) {
			due++
		}
	}
	return due
}

func forWorkers(task tasks.Task) bool {
	return task.GetType() == enums.TASK_TYPE_TRANSFER_WORKFLOW_TASK || task.GetType() == enums.TASK_TYPE_TRANSFER_ACTIVITY_TASK
}

func (b *taskBook) noteQueued() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.queued++
}

func (b *taskBook) tasksQueued() int {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.queued
}

// Waits until all that is due is done, but not for what fails.
func (b *taskBook) settle() {
	for begun := time.Now(); b.due() > 0 && time.Since(begun) < patience; {
		time.Sleep(look)
	}
}

// Nobody does those that are due.
func (b *taskBook) forget() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	now := b.clock.stands()
	for id, task := range b.open {
		if !task.due.After(now) {
			delete(b.open, id)
		}
	}
}

// When the next task of the kinds is due; never when there is none.
func (b *taskBook) next(kinds int) time.Time {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	next := never
	for _, task := range b.open {
		if task.kind&kinds != 0 && task.due.Before(next) {
			next = task.due
		}
	}
	return next
}

func (b *taskBook) lastDone() time.Time {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.done
}

// The queues of timers sleep in real time; told of a task that is due now, they look.
func (b *taskBook) wake(now time.Time) {
	b.mutex.Lock()
	timers := b.timers
	b.mutex.Unlock()
	for _, queue := range timers {
		queue.NotifyNewTasks([]tasks.Task{tasks.NewFakeTask(definition.WorkflowKey{}, tasks.CategoryTimer, now)})
	}
}

// ---- Before the queues ----

type notedFactory struct {
	history.QueueFactory
	book *taskBook
}

type notedQueue struct {
	queues.Queue
	book *taskBook
}

func (q *notedQueue) NotifyNewTasks(made []tasks.Task) {
	q.book.note(made)
	q.Queue.NotifyNewTasks(made)
}

func (f notedFactory) CreateQueue(shard historyi.ShardContext) queues.Queue {
	made := f.QueueFactory.CreateQueue(shard)
	if made.Category() == tasks.CategoryTimer {
		f.book.mutex.Lock()
		f.book.timers = append(f.book.timers, made)
		f.book.mutex.Unlock()
	}
	return &notedQueue{made, f.book}
}

type notedExecutor struct {
	queues.Executor
	book *taskBook
}

func (e notedExecutor) Execute(ctx context.Context, executable queues.Executable) queues.ExecuteResponse {
	if forWorkers(executable) {
		defer e.book.noteQueued()
	}
	if isOrdered(executable) {
		e.book.begin(idOf(executable))
		defer e.book.end(executable)
	}
	return e.Executor.Execute(ctx, executable)
}

func (b *taskBook) Wrap(executor queues.Executor) queues.Executor { return notedExecutor{executor, b} }

func (b *taskBook) factories(all []history.QueueFactory) []history.QueueFactory {
	noted := []history.QueueFactory{}
	for _, factory := range all {
		noted = append(noted, notedFactory{factory, b})
	}
	return noted
}
