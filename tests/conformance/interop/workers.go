// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

var workflows = map[string]any{
	"Reflect": reflect, "Fails": fails, "Own": own, "Facts": facts, "Stateful": stateful, "Waits": waits, "Relays": relays,
	"Later": laters, "Chain": chain, "Shared": shared, "Attributes": attributes, "Headers": headers, "HandsOver": handsOver,
}

var activities = map[string]any{"Mirror": mirror, "Fail": fail, "Relay": relay, "Later": later, "Header": header, "Hand": hand}

type registers interface {
	RegisterWorkflowWithOptions(any, workflow.RegisterOptions)
}

func registerWorkflows(with registers) {
	for name, code := range workflows {
		with.RegisterWorkflowWithOptions(code, workflow.RegisterOptions{Name: name})
	}
}

func startWorker(asks client.Client, queue string) (worker.Worker, error) {
	it := worker.New(asks, queue, worker.Options{Interceptors: []interceptor.WorkerInterceptor{&headerTeller{}}})
	registerWorkflows(it)
	for name, code := range activities {
		it.RegisterActivityWithOptions(code, activity.RegisterOptions{Name: name})
	}
	return it, it.Start()
}

// A queue of our own, two that are shared, and one on which messages of failures are encoded. Nothing is cached, so that
// a run may go on with the peer at each task.
func startWorkers(asks, encodes client.Client) (stop func(), err error) {
	worker.SetStickyWorkflowCacheSize(0)
	started := []worker.Worker{}
	for _, queue := range []string{"go", "both", "both-uncached", "encoded"} {
		its := asks
		if queue == "encoded" {
			its = encodes
		}
		it, err := startWorker(its, queue)
		if err != nil {
			return nil, err
		}
		started = append(started, it)
	}
	return func() {
		for _, it := range started {
			it.Stop()
		}
	}, nil
}

// tests/conformance/peer.
type peer struct{ path, address string }

// fault: one that it is to have (peer.h), or none.
func (p peer) command(ctx context.Context, fault string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p.path, arguments...)
	command.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+p.address, "PEER_FAULT="+fault)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	command.Stderr = os.Stderr
	return command
}

func (p peer) startWorker(queue, cached, fault string) (stop func(), err error) {
	it := p.command(context.Background(), fault, "worker", queue, cached)
	if err := it.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = it.Process.Signal(syscall.SIGTERM)
		if err := it.Wait(); err != nil {
			fmt.Println("the peer's worker:", err)
		}
	}, nil
}

func (p peer) startWorkers() (stop func(), err error) {
	stops := []func(){}
	for _, queue := range [][]string{{"c", "1"}, {"both", "1"}, {"both-uncached", "0"}} {
		stop, err := p.startWorker(queue[0], queue[1], "")
		if err != nil {
			return nil, err
		}
		stops = append(stops, stop)
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}, nil
}

// only: one case, or all.
func (p peer) ask(ctx context.Context, it pairing, tag, only, fault string) map[string]string {
	arguments := []string{"client", it.queue, it.activityQueue, tag}
	if only != "" {
		arguments = append(arguments, only)
	}
	said, err := p.command(ctx, fault, arguments...).Output()
	seen := readLines(string(said))
	if err != nil {
		seen["exit"] = err.Error()
	}
	return seen
}
