// SPDX-License-Identifier: MIT

// The Go SDK as its users use it, on a server that skips time.
//
//	conformance SERVER WORK [NAME...]
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"go.temporal.io/sdk/worker"
)

// No case may take longer.
const realTime = 5 * time.Second

type testCase struct {
	name string
	run  func(*world)
}

type totals struct{ passed, failed, skipped int }

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: conformance SERVER WORK [NAME...]")
		os.Exit(2)
	}
	suite := &suite{server: os.Args[1], work: os.Args[2], names: os.Args[3:]}
	// The cache's size is the process's: it is another one when no worker is left.
	suite.together("cached", append(features, testCase{"sticky_queue", usesStickyQueue}))
	worker.SetStickyWorkflowCacheSize(0)
	suite.together("uncached", append(features, testCase{"no_sticky_queue", usesNoStickyQueue}))
	worker.SetStickyWorkflowCacheSize(1000)
	suite.apart(lockedCases)
	suite.apart(unlockedCases, "--enable-time-skipping")
	fmt.Printf("%d passed, %d failed, %d skipped\n", suite.passed, suite.failed, suite.skipped)
	if suite.failed > 0 {
		os.Exit(1)
	}
}

type suite struct {
	totals
	server, work string
	names        []string
}

func (s *suite) wanted(cases []testCase) []testCase {
	return slices.DeleteFunc(slices.Clone(cases), func(it testCase) bool {
		return len(s.names) > 0 && !slices.Contains(s.names, it.name)
	})
}

// together runs cases on one server, one after the other.
func (s *suite) together(mode string, cases []testCase) {
	s.on(mode, s.wanted(cases), mode)
}

// apart gives each a server of its own.
func (s *suite) apart(cases []testCase, arguments ...string) {
	for _, it := range s.wanted(cases) {
		s.on(it.name, []testCase{it}, "", arguments...)
	}
}

func (s *suite) on(name string, cases []testCase, mode string, arguments ...string) {
	if len(cases) == 0 {
		return
	}
	server, err := startServer(s.server, s.work, name, arguments...)
	if err != nil {
		s.tell(name, failure{err.Error()})
		return
	}
	defer server.stop()
	w, err := newWorld(server.address, "queue-"+name)
	if err != nil {
		s.tell(name, failure{err.Error()})
		return
	}
	defer w.end()
	for _, it := range cases {
		name := it.name
		if mode != "" {
			name = mode + "_" + name
		}
		s.tell(name, try(w, it))
	}
}

// try runs a case, within real time, and then replays and ends what it began.
func try(w *world, it testCase) (ended any) {
	start := time.Now()
	var cancel context.CancelFunc
	w.ctx, cancel = context.WithTimeout(context.Background(), realTime)
	defer func() {
		ended = recover()
		if took := time.Since(start); took > realTime {
			ended = failure{fmt.Sprintf("it took %v of real time; %v", took.Round(time.Millisecond), ended)}
		}
		w.tidy()
		cancel()
	}()
	it.run(w)
	w.replay()
	return nil
}

func (s *suite) tell(name string, ended any) {
	switch how := ended.(type) {
	case nil:
		s.passed++
		fmt.Println("ok", name)
	case omission:
		s.skipped++
		fmt.Printf("skipped %s: %s\n", name, how.text)
	case failure:
		s.failed++
		fmt.Printf("FAILED %s: %s\n", name, how.text)
	default:
		panic(ended)
	}
}
