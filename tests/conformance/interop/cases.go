// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// The cases of tests/conformance/peer/cases.c, in the same words.
type cases struct {
	client               client.Client
	queue, activityQueue string
	tag, name, text      string
}

func (c *cases) tell(format string, arguments ...any) { c.text += fmt.Sprintf(format, arguments...) }

func (c *cases) complain(what string, err error) {
	if err != nil {
		c.tell("[%s: %v]", what, err)
	}
}

func (c *cases) id() string { return c.tag + "-" + c.name }

func (c *cases) startWith(ctx context.Context, options client.StartWorkflowOptions, name string, input ...any) client.WorkflowRun {
	options.ID, options.TaskQueue = c.id(), c.queue
	options.WorkflowExecutionErrorWhenAlreadyStarted = true
	run, err := c.client.ExecuteWorkflow(ctx, options, name, input...)
	c.complain("start", err)
	return run
}

func (c *cases) start(ctx context.Context, name string, input ...any) client.WorkflowRun {
	return c.startWith(ctx, client.StartWorkflowOptions{}, name, input...)
}

func (c *cases) tellResult(ctx context.Context, run client.WorkflowRun) {
	if run == nil {
		return // it was not started, which is told
	}
	var result converter.RawValue
	if err := run.Get(ctx, &result); err != nil {
		c.tell("failure %s", tellFailure(err))
		return
	}
	c.tell("result %s", tellPayload(result.Payload()))
}

func raw(encoding string, data []byte) converter.RawValue {
	return converter.NewRawValue(&commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding)}, Data: data})
}

func (c *cases) reflect(ctx context.Context, value converter.RawValue) {
	c.tellResult(ctx, c.start(ctx, "Reflect", c.activityQueue, value))
}

func (c *cases) reflectsJSON(ctx context.Context) {
	name := c.name
	for i, value := range []string{`null`, `true`, `-12345678901`, `1.5`, `"gr\u00fc\u00df"`, `[1,"two",null]`, `{"a":{"b":[]},"c":"d"}`} {
		c.name = fmt.Sprintf("%s-%d", name, i)
		c.reflect(ctx, raw("json/plain", []byte(value)))
		c.tell("; ")
	}
	c.name = name
}

func (c *cases) facts(ctx context.Context) {
	trace, _ := converter.GetDefaultDataConverter().ToPayload("t-1")
	options := client.StartWorkflowOptions{
		Memo: map[string]interface{}{"note": "remember"},
		TypedSearchAttributes: temporal.NewSearchAttributes(truth.ValueSet(true), datetime.ValueSet(time.Unix(1700000000, 0).UTC()),
			double.ValueSet(2.25), number.ValueSet(42), keyword.ValueSet("key"), words.ValueSet("some words")),
	}
	run := c.startWith(context.WithValue(ctx, traceKey{}, trace), options, "Facts", c.activityQueue)
	c.tellResult(ctx, run)
	described, err := c.client.DescribeWorkflow(ctx, c.id(), "")
	c.complain("describe", err)
	if err != nil {
		return
	}
	c.tell("; %s completed", described.WorkflowType.Name)
	memo := described.Memo.GetFields()
	keys := []string{}
	for key := range memo {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		c.tell(" %s=%s", key, tellPayload(memo[key]))
	}
	key, _ := described.TypedSearchAttributes.GetKeyword(keyword)
	c.tell(" keyword=%s", key)
}

func (c *cases) failsAs(mode string, isTold bool) func(context.Context) {
	return func(ctx context.Context) { c.tellResult(ctx, c.start(ctx, "Fails", c.activityQueue, mode, isTold)) }
}

func (c *cases) tellTotal(ctx context.Context, factor int) {
	answer, err := c.client.QueryWorkflow(ctx, c.id(), "", "total", factor)
	c.complain("query", err)
	var total converter.RawValue
	if err == nil && answer.Get(&total) == nil {
		c.tell("total %s; ", tellPayload(total.Payload()))
	}
}

func (c *cases) add(ctx context.Context, number int) {
	c.complain("signal", c.client.SignalWorkflow(ctx, c.id(), "", "Add", number))
}

func (c *cases) signalsAndQueries(ctx context.Context) {
	var run client.WorkflowRun
	for range 2 { // the second finds what the first one started
		var err error
		run, err = c.client.SignalWithStartWorkflow(ctx, c.id(), "Add", 5, client.StartWorkflowOptions{TaskQueue: c.queue}, "Stateful")
		c.complain("signal with start", err)
	}
	c.tellTotal(ctx, 1)
	c.add(ctx, 7)
	c.tellTotal(ctx, 10)
	if _, err := c.client.QueryWorkflow(ctx, c.id(), "", "nobody"); err == nil {
		c.tell("somebody; ")
	}
	c.add(ctx, 0)
	c.tellResult(ctx, run)
	c.tellTotal(ctx, 100)
}

func (c *cases) isCanceled(ctx context.Context) {
	run := c.start(ctx, "Waits")
	c.complain("cancel", c.client.CancelWorkflow(ctx, c.id(), ""))
	c.tellResult(ctx, run)
}

func (c *cases) isTerminated(ctx context.Context) {
	run := c.start(ctx, "Waits")
	c.complain("terminate", c.client.TerminateWorkflow(ctx, c.id(), "", "at once"))
	c.tellResult(ctx, run)
	var missing *serviceerror.NotFound
	if errors.As(c.client.SignalWorkflow(ctx, c.id(), "", "Add", nil), &missing) {
		c.tell("; then not found")
	} else {
		c.tell("; then something else")
	}
}

func (c *cases) runsOutOfTime(ctx context.Context) {
	c.tellResult(ctx, c.startWith(ctx, client.StartWorkflowOptions{WorkflowRunTimeout: time.Second}, "Waits"))
}

func (c *cases) startsTwice(ctx context.Context) {
	c.start(ctx, "Waits")
	_, err := c.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: c.id(), TaskQueue: c.queue, WorkflowExecutionErrorWhenAlreadyStarted: true}, "Waits")
	var there *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &there) {
		c.tell("already there; ")
	} else {
		c.tell("started twice; ")
	}
	c.complain("terminate", c.client.TerminateWorkflow(ctx, c.id(), "", ""))
}

func (c *cases) goesOnAsNew(ctx context.Context) {
	options := client.StartWorkflowOptions{Memo: map[string]interface{}{"note": "kept"}}
	c.tellResult(ctx, c.startWith(ctx, options, "Chain", 3))
}

// Until an attempt has been started.
func (c *cases) startLater(ctx context.Context) client.WorkflowRun {
	run := c.start(ctx, "Later", c.activityQueue)
	for range 500 {
		if c.client.RecordActivityHeartbeatByID(ctx, "default", c.id(), "", "later", 1) == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return run
}

func (c *cases) completesElsewhere(ctx context.Context) {
	run := c.startLater(ctx)
	c.complain("complete", c.client.CompleteActivityByID(ctx, "default", c.id(), "", "later", map[string]string{"by": "another"}, nil))
	c.tellResult(ctx, run)
}

func (c *cases) failsElsewhere(ctx context.Context) {
	run := c.startLater(ctx)
	c.complain("fail", c.client.CompleteActivityByID(ctx, "default", c.id(), "", "later", nil,
		temporal.NewNonRetryableApplicationError("it did not work", "Elsewhere", nil)))
	c.tellResult(ctx, run)
}

func (c *cases) cancelsElsewhere(ctx context.Context) {
	run := c.startLater(ctx)
	c.complain("cancel", c.client.CancelWorkflow(ctx, c.id(), ""))
	for range 500 {
		if err := c.client.RecordActivityHeartbeatByID(ctx, "default", c.id(), "", "later"); err != nil {
			break // asked to stop
		}
		time.Sleep(5 * time.Millisecond)
	}
	c.complain("cancel", c.client.CompleteActivityByID(ctx, "default", c.id(), "", "later", nil, temporal.NewCanceledError("so far")))
	c.tellResult(ctx, run)
}

func (c *cases) shares(ctx context.Context) {
	run := c.start(ctx, "Shared", c.activityQueue)
	for range 2 {
		c.complain("signal", c.client.SignalWorkflow(ctx, c.id(), "", "Go", nil))
	}
	c.tellResult(ctx, run)
}

// What each case saw, by its name; only: one, or all.
func (c *cases) all(ctx context.Context, only string) map[string]string {
	seen := map[string]string{}
	for _, one := range []struct {
		name string
		run  func(context.Context)
	}{
		{"reflects-json", c.reflectsJSON},
		{"reflects-bytes", func(ctx context.Context) { c.reflect(ctx, raw("binary/plain", []byte("\x01\xfe bytes"))) }},
		{"reflects-nothing", func(ctx context.Context) { c.reflect(ctx, raw("binary/null", nil)) }},
		{"reflects-much", func(ctx context.Context) { c.reflect(ctx, raw("binary/plain", make([]byte, 100000))) }},
		{"facts", c.facts},
		{"fails-whole", c.failsAs("application", false)},
		{"tells-whole", c.failsAs("application", true)},
		{"fails-benignly", c.failsAs("benign", false)},
		{"fails-again", c.failsAs("again", true)},
		{"times-out", c.failsAs("timeout", true)},
		{"falls-silent", c.failsAs("silent", true)},
		{"fails-on-its-own", func(ctx context.Context) { c.tellResult(ctx, c.start(ctx, "Own")) }},
		{"signals-and-queries", c.signalsAndQueries},
		{"is-canceled", c.isCanceled},
		{"is-terminated", c.isTerminated},
		{"runs-out-of-time", c.runsOutOfTime},
		{"starts-twice", c.startsTwice},
		{"goes-on-as-new", c.goesOnAsNew},
		{"relays", func(ctx context.Context) { c.tellResult(ctx, c.start(ctx, "Relays", c.activityQueue)) }},
		{"completes-elsewhere", c.completesElsewhere},
		{"fails-elsewhere", c.failsElsewhere},
		{"cancels-elsewhere", c.cancelsElsewhere},
		{"shares", c.shares},
		{"reflects-protobuf-json", c.reflectsMessage("json/protobuf", `{"workflowId":"w","runId":"r"}`)},
		{"reflects-protobuf", c.reflectsMessage("binary/protobuf", "\x0a\x01w\x12\x01r")},
		{"fails-nested", c.failsAs("nested", false)},
		{"fails-encoded", c.failsEncoded(false)},
		{"tells-encoded", c.failsEncoded(true)},
		{"attributes", c.attributes},
		{"headers", c.headers},
		{"answers-by-itself", c.answersByItself},
		{"hands-over", func(ctx context.Context) { c.tellResult(ctx, c.start(ctx, "HandsOver")) }},
		{"starts-later", c.startsLater},
		{"uses-existing", c.usesExisting},
		{"replaces", c.replaces},
		{"reuses-ids", c.reusesIDs},
	} {
		if only != "" && only != one.name {
			continue
		}
		c.name, c.text = one.name, ""
		one.run(ctx)
		seen[one.name] = c.text
	}
	return seen
}
