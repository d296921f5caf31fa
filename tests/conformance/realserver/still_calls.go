// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Metadata of a call: which test makes it.
const callerKey = "judge-test"

// How many calls were begun and ended.
type tally struct{ begun, ended int }

// callBook counts the calls of each test that the frontend has got and has answered.
type callBook struct {
	mutex   sync.Mutex
	tallies map[string]tally
	atWork  int       // calls that are open and do not wait for something that is to come
	changed time.Time // on the machine's clock
	held    []chan struct{}
	given   int    // tasks, to polls
	settled func() // waits for what a call has set going
}

func newCallBook(settled func()) *callBook {
	return &callBook{tallies: map[string]tally{}, changed: time.Now(), settled: settled}
}

func waits(request any) bool {
	switch request := request.(type) {
	case *workflowservice.PollWorkflowTaskQueueRequest, *workflowservice.PollActivityTaskQueueRequest,
		*workflowservice.PollNexusTaskQueueRequest, *workflowservice.QueryWorkflowRequest:
		return true
	case *workflowservice.GetWorkflowExecutionHistoryRequest:
		return request.WaitNewEvent
	default:
		return false
	}
}

func (b *callBook) count(caller string, change tally, atWork int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	now := b.tallies[caller]
	b.tallies[caller] = tally{now.begun + change.begun, now.ended + change.ended}
	b.atWork += atWork
	b.changed = time.Now()
}

func isPoll(request any) bool {
	switch request.(type) {
	case *workflowservice.PollWorkflowTaskQueueRequest, *workflowservice.PollActivityTaskQueueRequest:
		return true
	default:
		return false
	}
}

// Polls are let through when the test waits: it is then that a world runs. What a call has set going is done before it
// is answered: tasks that it made go to the polls that are there.
func (b *callBook) intercept(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	caller, atWork := "", 1
	if said := metadata.ValueFromIncomingContext(ctx, callerKey); len(said) > 0 {
		caller = said[0]
	}
	if waits(request) {
		atWork = 0
	}
	b.count(caller, tally{begun: 1}, atWork)
	defer b.count(caller, tally{ended: 1}, -atWork)
	if isPoll(request) && caller != "" {
		b.hold(ctx)
	}
	if atWork > 0 {
		defer b.settled()
	}
	response, err := next(ctx, request)
	if hasTask(response) {
		b.noteGiven()
	}
	return response, err
}

func hasTask(response any) bool {
	switch response := response.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		return response != nil && len(response.TaskToken) > 0 && response.Query == nil
	case *workflowservice.PollActivityTaskQueueResponse:
		return response != nil && len(response.TaskToken) > 0
	default:
		return false
	}
}

func (b *callBook) noteGiven() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.given++
}

func (b *callBook) tasksGiven() int {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.given
}

func (b *callBook) hold(ctx context.Context) {
	through := make(chan struct{})
	b.mutex.Lock()
	b.held = append(b.held, through)
	b.mutex.Unlock()
	select {
	case <-through:
	case <-ctx.Done():
	}
}

// Lets through what is held, one after the other.
func (b *callBook) release() {
	b.mutex.Lock()
	held := b.held
	b.held = nil
	if len(held) > 0 {
		b.changed = time.Now()
	}
	b.mutex.Unlock()
	for _, through := range held {
		close(through)
	}
}

// What a test counts is what the server has seen from now on: of the rest nothing will be seen.
func (b *callBook) settle(caller string, counted tally) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.tallies[caller] = counted
}

// The caller's count, whether calls are at work, and when that changed last.
func (b *callBook) look(caller string) (seen tally, atWork bool, changed time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.tallies[caller], b.atWork > 0, b.changed
}
