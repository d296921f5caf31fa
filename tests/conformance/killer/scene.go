// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// Nothing takes longer than its timeouts once it is left alone: attempts 2 s, their back-offs 0.5 s, workflow tasks 1 s
// and 1 s on a sticky queue; a silent connection is found out in 12 s, and connected anew within seconds.
const calmLimit = 40 * time.Second

type scene struct {
	options
	server      server
	proxy       *proxy
	worker      process
	longestCalm time.Duration
}

func openScene(o options) (*scene, error) {
	if err := os.RemoveAll(o.work); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.work, 0o755); err != nil {
		return nil, err
	}
	s := &scene{options: o}
	s.server.process = process{path: o.server, arguments: []string{"--store", s.in("store"), "--calls-per-second", strconv.Itoa(o.calls)}, log: s.in("server.log")}
	if err := s.server.start(); err != nil {
		return nil, err
	}
	var err error
	if s.proxy, err = openProxy(s.server.frontend); err != nil {
		return nil, err
	}
	s.worker = process{path: s.program("worker"), arguments: []string{s.in("ledger")}, address: s.proxy.address(), log: s.in("worker.log")}
	return s, s.worker.start()
}

func (s *scene) in(name string) string      { return filepath.Join(s.work, name) }
func (s *scene) program(name string) string { return filepath.Join(s.programs, name) }

func (s *scene) close() {
	_ = s.worker.kill()
	_ = s.server.kill()
	s.proxy.close()
}

// The client's exit says whether all ended as they should.
func (s *scene) round(number int, harm *harm) error {
	client := process{
		path:      s.program("client"),
		arguments: []string{strconv.Itoa(number), strconv.Itoa(s.workflows), s.in("ledger")},
		address:   s.proxy.address(), log: s.in("client.log"),
	}
	if err := client.start(); err != nil {
		return err
	}
	defer func() { _ = client.kill() }()
	if err := harm.goOn(&client, number%2 == 1); err != nil {
		return err
	}
	if calm := time.Since(harm.lastOne); calm > s.longestCalm {
		s.longestCalm = calm
	}
	if s.longestCalm > calmLimit {
		return fmt.Errorf("it took %.1f s after the last harm", s.longestCalm.Seconds())
	}
	return nil
}

// How many calls the server refused because there were too many a second: some, or that was not tried.
func (s *scene) refused() (int, error) {
	said, err := os.ReadFile(s.server.log)
	count := bytes.Count(said, []byte("refused: RpsLimit "))
	if err == nil && count == 0 && s.calls > 0 {
		err = fmt.Errorf("no call was one too many for %d a second", s.calls)
	}
	return count, err
}

var (
	replayed = regexp.MustCompile(`(?m)^\[  PASSED  \] (\d+) test`)
	cause    = regexp.MustCompile(`WORKFLOW_TASK_FAILED_CAUSE_[A-Z_]+`)
	// What the service says of a task that was decided without what came meanwhile.
	overtaken = "WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND"
)

// Every history is fetched as it stands, and replays in a process that has seen none of it. What is listed follows what
// happens by and by.
func (s *scene) replay(least int) (int, error) {
	runs := 0
	for try := 0; try < 50; try++ {
		if err := s.fetch(); err != nil {
			return 0, err
		}
		said, err := exec.Command(s.program("replay"), s.in("histories")).CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("replaying: %w\n%s", err, said)
		}
		if found := replayed.FindSubmatch(said); found != nil {
			if runs, err = strconv.Atoi(string(found[1])); err != nil || runs >= least {
				return runs, err
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	return 0, fmt.Errorf("%d histories of %d were found", runs, least)
}

func (s *scene) fetch() error {
	fetch := exec.Command(s.timelapse, "history", "fetch", "--output", s.in("histories"), "--query", "TaskQueue = 'killing'")
	fetch.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+s.server.frontend)
	if said, err := fetch.CombinedOutput(); err != nil {
		return fmt.Errorf("fetching: %w\n%s", err, said)
	}
	return filepath.WalkDir(s.in("histories"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range cause.FindAllString(string(text), -1) {
			if found != overtaken {
				return fmt.Errorf("%s has a task that failed: %s", path, found)
			}
		}
		return err
	})
}
