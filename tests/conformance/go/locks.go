// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// plain is a client that unlocks nothing by itself, and its connection's TestService.
func (w *world) plain() (client.Client, *Skipping) {
	skipping := &Skipping{}
	asks, err := dial(w.address, func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
		invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		skipping.once.Do(func() { skipping.conn = conn })
		return invoke(ctx, method, request, reply, conn, options...)
	})
	w.must(err)
	return asks, skipping
}

// What a client that vanished had unlocked is locked again.
func droppedConnection(w *world) {
	asks, skipping := w.plain()
	w.must(skipping.Unlock(w.ctx))
	asks.Close()
	time.Sleep(100 * time.Millisecond)
	w.holds()
	w.skips()
}

func droppedWhileWaiting(w *world) {
	asks, skipping := w.plain()
	w.must(skipping.Unlock(w.ctx))
	waits := w.start("Mailbox")
	go asks.GetWorkflow(w.ctx, waits.GetID(), "").Get(w.ctx, nil)
	time.Sleep(100 * time.Millisecond)
	asks.Close()
	time.Sleep(100 * time.Millisecond)
	w.holds()
	w.skips()
	w.signal(waits, "end", nil)
	get[[]string](w, waits)
}

// refused expects that an unlock is one too many.
func (w *world) refused(err error) {
	w.expect(refusal(err), "an unlock too many: %v", err)
}

func refusal(err error) bool {
	code := codes.OK
	var refused interface{ GRPCStatus() *status.Status }
	if errors.As(err, &refused) {
		code = refused.GRPCStatus().Code()
	} else if told, is := err.(interface{ Status() *status.Status }); is {
		code = told.Status().Code()
	}
	return code == codes.FailedPrecondition
}

func unbalancedUnlock(w *world) {
	w.must(w.skipping.Unlock(w.ctx))
	w.refused(w.skipping.Unlock(w.ctx))
	w.must(w.skipping.Lock(w.ctx))
	w.holds()
	w.skips()
	w.holds()
}

// It is never the first that is refused.
func unbalancedOfTwo(w *world) {
	asks, skipping := w.plain()
	defer asks.Close()
	w.must(w.skipping.Unlock(w.ctx))
	w.refused(skipping.Unlock(w.ctx))
	w.must(w.skipping.Lock(w.ctx))
	w.holds()
	w.skips()
}

// A task at a worker holds the clock, so that the sleep lasts; once it is over, the clock is locked.
func canceledSleep(w *world) {
	w.startRaw("held")
	task := w.poll()
	ctx, cancel := context.WithTimeout(w.ctx, 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := w.skipping.Sleep(ctx, time.Hour)
	w.expect(ctx.Err() != nil && err != nil, "a sleep beside a task ended after %v: %v", time.Since(start), err)
	w.must(w.respond(task, nil, completes()))
	time.Sleep(50 * time.Millisecond)
	w.holds()
	w.skips()
}

// Started unlocked, it can be locked, and then it is like the other.
func startedUnlocked(w *world) {
	asks, _ := w.plain()
	defer asks.Close()
	run := w.start("Timers", 1, day)
	w.about("a day skipped", w.passes(func() { w.must(asks.GetWorkflow(w.ctx, run.GetID(), "").Get(w.ctx, nil)) }), day)
	w.must(w.skipping.Lock(w.ctx))
	w.holds()
	w.skips()
}

func unbalancedWhenUnlocked(w *world) {
	w.refused(w.skipping.Unlock(w.ctx))
	w.must(w.skipping.Lock(w.ctx))
	w.holds()
	w.skips()
}
