// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// Histories that our worker made, by the Go SDK's replayer: of the workflow whose ids are the same in both.
func replayOurs(ctx context.Context, asks client.Client) error {
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
	if err != nil {
		return err
	}
	registerWorkflows(replayer)
	for _, it := range pairings() {
		id := fmt.Sprintf("%s.%s.%s-shares", it.client, it.queue, it.activityQueue)
		whole := &history.History{}
		events := asks.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				return err
			}
			whole.Events = append(whole.Events, event)
		}
		if err := replayer.ReplayWorkflowHistory(nil, whole); err != nil {
			return fmt.Errorf("%s does not replay in Go: %w", id, err)
		}
	}
	return nil
}

// Every history that a worker of ours made, by our replayer; and those that the Go SDK's made, but for timers, which
// each numbers in its own way, and failures, which say whose they are.
func (p peer) replay(timelapse, work string) error {
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	queues := "TaskQueue = 'c' OR WorkflowType IN ('Reflect', 'Facts', 'Stateful', 'Relays', 'Later', 'Chain', 'Shared')"
	fetch := p.command(context.Background(), "")
	fetch.Path, fetch.Args, fetch.Stderr = timelapse, []string{timelapse, "history", "fetch", "--output", work, "--query", queues}, nil
	if said, err := fetch.CombinedOutput(); err != nil {
		return fmt.Errorf("fetching: %w\n%s", err, said)
	}
	said, err := exec.Command(p.path, "replay", work).CombinedOutput()
	if err != nil {
		return fmt.Errorf("replaying: %w\n%s", err, said)
	}
	fmt.Println(strings.TrimSpace(string(said[strings.LastIndex(strings.TrimSpace(string(said)), "\n")+1:])))
	return nil
}
