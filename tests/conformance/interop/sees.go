// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// Faults that the peer has when it is told to (tests/conformance/peer/peer.h), and the case that has to show each.
var faults = []struct {
	name, shownBy, as string
	ofClient          bool
}{
	{"payload", "reflects-bytes", `"another"`, false},
	{"header", "facts", `activity's json/plain "none"`, false},
	{"failure", "fails-whole", `category=0 <- application Inner`, false},
	{"attribute", "attributes", `CustomKeywordField=the fault`, false},
	{"answer", "signals-and-queries", `total json/plain 171`, false},
	{"heartbeat", "relays", `application Next`, false},
	{"memo", "facts", `memo json/plain "forget"`, true},
}

// Each kind of check says so when something is wrong: a comparison that sees no fault would pass for ever.
func seesFaults(ctx context.Context, peer peer, asks client.Client) error {
	for _, fault := range faults {
		queue, tag := "sees-"+fault.name, "sees."+fault.name
		it := pairing{"go", queue, queue}
		stop, err := peer.startWorker(queue, "1", fault.name)
		if err != nil {
			return err
		}
		var seen map[string]string
		if fault.ofClient {
			it.client = "c"
			seen = peer.ask(ctx, it, tag, fault.shownBy, fault.name)
		} else {
			seen = (&cases{client: asks, queue: queue, activityQueue: queue, tag: tag}).all(ctx, fault.shownBy)
		}
		stop()
		one := map[string]string{fault.shownBy: wanted()[fault.shownBy]}
		if text := seen[fault.shownBy]; len(complaints(one, seen)) != 1 || !strings.Contains(text, fault.as) {
			return fmt.Errorf("the fault %s is not seen by %s: %s", fault.name, fault.shownBy, text)
		}
	}
	fmt.Printf("sees: %d faults, of payloads, headers, failures, attributes, answers, heartbeats and memos\n", len(faults))
	return seesGaps()
}

// What was not run, and what nobody knows.
func seesGaps() error {
	all, seen := wanted(), wanted()
	if bad := complaints(all, seen); len(bad) != 0 {
		return fmt.Errorf("what is wanted is complained of: %s", bad[0])
	}
	delete(seen, "facts")
	seen["unheard-of"] = "something"
	if bad := complaints(all, seen); len(bad) != 2 {
		return fmt.Errorf("a case that was not run and one that nobody knows are %d complaints", len(bad))
	}
	return nil
}

func waitFor(ctx context.Context, what string, is func() (bool, error)) error {
	for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		if done, err := is(); done || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w", what, ctx.Err())
}

// A run whose first commands are others than the code's: the Go SDK's worker, which goes on with it, fails its task,
// and neither replayer takes it.
func seesOtherCommands(ctx context.Context, peer peer, asks client.Client, timelapse, work string) error {
	const queue, id = "sees-order", "sees.order-shares"
	stop, err := peer.startWorker(queue, "0", "order")
	if err != nil {
		return err
	}
	run, err := asks.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: queue}, "Shared", "go")
	if err == nil {
		err = waitFor(ctx, "two steps of "+id, func() (bool, error) {
			whole, err := historyOf(ctx, asks, id, "")
			steps := 0
			for _, event := range whole.GetEvents() {
				if event.EventType == enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED {
					steps++
				}
			}
			last := whole.GetEvents()[len(whole.GetEvents())-1]
			return steps == 2 && last.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, err
		})
	}
	stop()
	if err != nil {
		return err
	}
	if whole, err := historyOf(ctx, asks, id, ""); err != nil || checkDeterminism(whole) != nil || replayInGo(whole) == nil {
		return fmt.Errorf("other commands pass for the same in Go's replayer (%v)", err)
	}
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	if err := peer.fetch(timelapse, work, id); err != nil {
		return err
	}
	if err := peer.replay(work); err == nil || !strings.Contains(err.Error(), "step-1") {
		return fmt.Errorf("other commands pass for the same in our replayer: %v", err)
	}
	goes := worker.New(asks, queue, worker.Options{})
	registerWorkflows(goes)
	if err := goes.Start(); err != nil {
		return err
	}
	defer goes.Stop()
	if err := asks.SignalWorkflow(ctx, id, "", "Go", nil); err != nil {
		return err
	}
	if err := waitFor(ctx, "a failed task of "+id, func() (bool, error) {
		whole, err := historyOf(ctx, asks, id, "")
		return err == nil && checkDeterminism(whole) != nil, err
	}); err != nil {
		return err
	}
	fmt.Println("sees: other commands, by worker and replayers")
	return asks.TerminateWorkflow(ctx, id, run.GetRunID(), "seen")
}
