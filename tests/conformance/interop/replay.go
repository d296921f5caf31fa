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
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
)

func historyOf(ctx context.Context, asks client.Client, id, runID string) (*history.History, error) {
	whole := &history.History{}
	for events := asks.GetWorkflowHistory(ctx, id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		if err != nil {
			return nil, err
		}
		whole.Events = append(whole.Events, event)
	}
	return whole, nil
}

// An SDK that finds what it would not do itself fails the task, and the server gives it to another: every case would
// still end well.
func checkDeterminism(whole *history.History) error {
	for _, event := range whole.Events {
		failed := event.GetWorkflowTaskFailedEventAttributes()
		if failed.GetCause() == enums.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR {
			return fmt.Errorf("event %d: %s", event.EventId, failed.GetFailure().GetMessage())
		}
	}
	return nil
}

func replayInGo(whole *history.History) error {
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: []interceptor.WorkerInterceptor{&headerTeller{}}})
	if err != nil {
		return err
	}
	registerWorkflows(replayer)
	return replayer.ReplayWorkflowHistory(quiet, whole)
}

// Every history that our worker made or had a part in, by the Go SDK's replayer.
func replayOurs(ctx context.Context, asks client.Client) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{PageSize: 100, Query: "TaskQueue IN ('c', 'both', 'both-uncached')"}
	for count := 0; ; {
		page, err := asks.ListWorkflow(ctx, request)
		if err != nil {
			return err
		}
		for _, run := range page.Executions {
			whole, err := historyOf(ctx, asks, run.Execution.WorkflowId, run.Execution.RunId)
			if err != nil {
				return err
			}
			if err := checkDeterminism(whole); err != nil {
				return fmt.Errorf("%s was not done alike: %w", run.Execution.WorkflowId, err)
			}
			if err := replayInGo(whole); err != nil {
				return fmt.Errorf("%s does not replay in Go: %w", run.Execution.WorkflowId, err)
			}
			count++
		}
		if request.NextPageToken = page.NextPageToken; len(request.NextPageToken) == 0 {
			fmt.Printf("replayed in Go: %d histories\n", count)
			return nil
		}
	}
}

// A query for each type of workflow, in pages that the server can list: it looks up search attributes for each run, and
// allows itself so many a second.
func queries() []string {
	all := []string{}
	for name := range workflows {
		query := fmt.Sprintf("WorkflowType = '%s'", name)
		if name == "Fails" || name == "Own" {
			query += " AND TaskQueue = 'c'" // a failure says whose it is
		}
		all = append(all, query)
	}
	return all
}

// Histories, as `timelapse history fetch` is asked for them.
func (p peer) fetch(timelapse, work string, which ...string) error {
	fetch := p.command(context.Background(), "", "")
	fetch.Path, fetch.Stderr = timelapse, nil
	fetch.Args = append([]string{timelapse, "history", "fetch", "--output", work}, which...)
	if said, err := fetch.CombinedOutput(); err != nil {
		return fmt.Errorf("fetching %s: %w\n%s", which, err, said)
	}
	return nil
}

// Every history that a worker of ours made, and those that the Go SDK's made, by our replayer.
func (p peer) replayAll(timelapse, work string) error {
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	for _, query := range queries() {
		if err := p.fetch(timelapse, work, "--query", query); err != nil {
			return err
		}
	}
	return p.replay(work)
}

func (p peer) replay(work string) error {
	said, err := exec.Command(p.path, "replay", work).CombinedOutput()
	if err != nil {
		return fmt.Errorf("replaying: %w\n%s", err, said)
	}
	fmt.Println(strings.TrimSpace(string(said[strings.LastIndex(strings.TrimSpace(string(said)), "\n")+1:])))
	return nil
}
