// SPDX-License-Identifier: MIT

// Realserver is the judge: the Temporal server of the pinned module go.temporal.io/server, in one process, with its
// store in memory, on loopback. It prints one line of JSON when it answers, and ends at SIGTERM, SIGINT, or when its
// standard input closes, so that it never outlives the run that started it.
//
//	realserver [--namespace NAME]... [--store DIRECTORY] [--certificates DIRECTORY] [--api-keys FILE]
//	           [--calls-per-second N] [--still] [--verbose]
//
// With --store data and ports are kept there, and found again by the next server that is started so.
// With --certificates there are more addresses, with TLS (doors.go); the directory gets the material (certificates.go).
// With --api-keys there is the namespace "keyed", which is for calls with one of the file's keys (keys.go).
// With --still the server's time stands until a test moves it on, through one more address (still.go).
// With --calls-per-second more calls than that are refused, and each refusal is told on standard error (limits.go).
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type names []string

func (n *names) String() string { return fmt.Sprint(*n) }

func (n *names) Set(name string) error {
	*n = append(*n, name)
	return nil
}

// What is told on standard output once the server answers.
type ready struct {
	Address string `json:"address"`
	Clock   string `json:"clock_address,omitempty"`
	doors
	ServerVersion string `json:"server_version"`
	Pid           int    `json:"pid"`
}

func main() {
	namespaces := names{}
	kept := flag.String("store", "", "directory for data and ports; in memory without")
	certificates := flag.String("certificates", "", "directory for TLS material; gives addresses with TLS")
	apiKeys := flag.String("api-keys", "", "file of API keys; gives a namespace that wants one")
	calls := flag.Int("calls-per-second", 0, "the frontend takes for a namespace; all without")
	still := flag.Bool("still", false, "time stands until it is moved")
	verbose := flag.Bool("verbose", false, "the server's log on standard error")
	flag.Var(&namespaces, "namespace", "made beside \"default\"; again for more")
	flag.Parse()
	if *apiKeys != "" {
		namespaces = append(namespaces, keyedNamespace)
	}
	wanted := options{
		namespaces: append(names{"default"}, namespaces...),
		store:      store{*kept},
		callers:    keys{*apiKeys},
		allowed:    limits{*calls},
		verbose:    *verbose,
	}
	if *still {
		wanted.still = newStillServer()
	}
	if err := run(wanted, *certificates); err != nil {
		fmt.Fprintln(os.Stderr, "realserver:", err)
		os.Exit(1)
	}
}

func run(wanted options, certificates string) error {
	ended, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()
	ended, cancel := context.WithCancel(ended)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()

	judge, err := startServer(wanted)
	if err != nil {
		return err
	}
	defer judge.stop()
	told := ready{Address: judge.address, Pid: os.Getpid()}
	starting, stopStarting := context.WithTimeout(ended, time.Minute)
	defer stopStarting()
	if told.ServerVersion, err = judge.waitUntilItAnswers(starting); err != nil {
		return err
	}
	if certificates != "" {
		if told.doors, err = openDoors(ended, certificates, judge.address); err != nil {
			return err
		}
	}
	if wanted.still != nil {
		if err = wanted.still.waitForPeers(starting); err != nil {
			return err
		}
		if told.Clock, err = wanted.still.openDoor(ended); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		return err
	}
	<-ended.Done()
	return nil
}
