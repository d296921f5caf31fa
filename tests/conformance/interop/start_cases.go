// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// What a start does that finds its id taken, or is to begin later.

func (c *cases) startsLater(ctx context.Context) {
	run := c.startWith(ctx, client.StartWorkflowOptions{StartDelay: time.Second}, "Reflect", c.activityQueue, 1)
	c.tellResult(ctx, run)
	described, err := c.client.DescribeWorkflowExecution(ctx, c.id(), "")
	c.complain("describe", err)
	if err == nil {
		info := described.WorkflowExecutionInfo
		c.tell("; after %dms", info.ExecutionTime.AsTime().Sub(info.StartTime.AsTime()).Milliseconds())
	}
}

func (c *cases) terminate(ctx context.Context, run client.WorkflowRun) {
	if run != nil {
		c.complain("terminate", c.client.TerminateWorkflow(ctx, c.id(), "", ""))
	}
}

func (c *cases) tellWhetherSame(first, second client.WorkflowRun) {
	if first == nil || second == nil {
		return
	}
	if first.GetRunID() == second.GetRunID() {
		c.tell("the same run; ")
	} else {
		c.tell("another run; ")
	}
}

func (c *cases) startTwo(ctx context.Context, conflict enums.WorkflowIdConflictPolicy) (first, second client.WorkflowRun) {
	first = c.start(ctx, "Waits")
	second = c.startWith(ctx, client.StartWorkflowOptions{WorkflowIDConflictPolicy: conflict}, "Waits")
	c.tellWhetherSame(first, second)
	return first, second
}

func (c *cases) usesExisting(ctx context.Context) {
	first, second := c.startTwo(ctx, enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
	c.terminate(ctx, second)
	c.tellResult(ctx, first)
}

func (c *cases) replaces(ctx context.Context) {
	first, second := c.startTwo(ctx, enums.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING)
	c.tellResult(ctx, first)
	c.terminate(ctx, second)
}

// "Own" fails, "Chain" completes.
func (c *cases) startAgain(ctx context.Context, name string, reuse enums.WorkflowIdReusePolicy, input ...any) {
	run, err := c.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: c.id(), TaskQueue: c.queue, WorkflowIDReusePolicy: reuse, Memo: map[string]interface{}{"note": 1},
		WorkflowExecutionErrorWhenAlreadyStarted: true}, name, input...)
	var there *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &there) {
		c.tell("refused; ")
		return
	}
	c.complain("start", err)
	if err == nil {
		c.tellResult(ctx, run)
		c.tell("; ")
	}
}

func (c *cases) reusesIDs(ctx context.Context) {
	c.startAgain(ctx, "Own", enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	c.startAgain(ctx, "Chain", enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, 0)
	c.startAgain(ctx, "Chain", enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY, 0)
	c.startAgain(ctx, "Chain", enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY, 0)
	c.startAgain(ctx, "Chain", enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, 0)
}
