// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

var workflows = map[string]any{
	"Reflect": reflect, "Fails": fails, "Own": own, "Facts": facts, "Stateful": stateful, "Waits": waits, "Relays": relays,
	"Later": laters, "Chain": chain, "Shared": shared,
}

var activities = map[string]any{"Mirror": mirror, "Fail": fail, "Relay": relay, "Later": later, "Header": header}

type registers interface {
	RegisterWorkflowWithOptions(any, workflow.RegisterOptions)
}

func registerWorkflows(with registers) {
	for name, code := range workflows {
		with.RegisterWorkflowWithOptions(code, workflow.RegisterOptions{Name: name})
	}
}

// A queue of our own, and two that are shared. Nothing is cached, so that a run may go on with the peer at each task.
func startWorkers(asks client.Client) (stop func(), err error) {
	worker.SetStickyWorkflowCacheSize(0)
	started := []worker.Worker{}
	for _, queue := range []string{"go", "both", "both-uncached"} {
		it := worker.New(asks, queue, worker.Options{})
		registerWorkflows(it)
		for name, code := range activities {
			it.RegisterActivityWithOptions(code, activity.RegisterOptions{Name: name})
		}
		if err := it.Start(); err != nil {
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

func (p peer) command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p.path, arguments...)
	command.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+p.address)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	command.Stderr = os.Stderr
	return command
}

func (p peer) startWorkers() (stop func(), err error) {
	started := []*exec.Cmd{}
	for _, queue := range [][]string{{"c", "1"}, {"both", "1"}, {"both-uncached", "0"}} {
		it := p.command(context.Background(), "worker", queue[0], queue[1])
		if err := it.Start(); err != nil {
			return nil, err
		}
		started = append(started, it)
	}
	return func() {
		for _, it := range started {
			_ = it.Process.Signal(syscall.SIGTERM)
			if err := it.Wait(); err != nil {
				fmt.Println("the peer's worker:", err)
			}
		}
	}, nil
}

func (p peer) ask(ctx context.Context, it pairing, tag string) map[string]string {
	seen := map[string]string{}
	said, err := p.command(ctx, "client", it.queue, it.activityQueue, tag).Output()
	if err != nil {
		seen["exit"] = err.Error()
	}
	lines := bufio.NewScanner(bytes.NewReader(said))
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), "\t")
		seen[name] = text
	}
	return seen
}
