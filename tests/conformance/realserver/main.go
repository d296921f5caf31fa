// SPDX-License-Identifier: MIT

// Realserver is the judge: the Temporal server of the pinned module go.temporal.io/server, in one process, with its
// store in memory, on loopback. It prints one line of JSON when it answers, and ends at SIGTERM, SIGINT, or when its
// standard input closes, so that it never outlives the run that started it.
//
//	realserver [--namespace NAME]... [--certificates DIRECTORY] [--verbose]
//
// With --certificates there is a second address that wants TLS with a client's certificate; the directory gets the
// material (certificates.go).
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
	Address       string `json:"address"`
	MutualTLS     string `json:"mtls_address,omitempty"`
	ServerVersion string `json:"server_version"`
	Pid           int    `json:"pid"`
}

func main() {
	namespaces := names{}
	certificates := flag.String("certificates", "", "directory for TLS material; gives a second address with mutual TLS")
	verbose := flag.Bool("verbose", false, "the server's log on standard error")
	flag.Var(&namespaces, "namespace", "made beside \"default\"; again for more")
	flag.Parse()
	if err := run(append(names{"default"}, namespaces...), *certificates, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "realserver:", err)
		os.Exit(1)
	}
}

func run(namespaces []string, certificates string, verbose bool) error {
	ended, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()
	ended, cancel := context.WithCancel(ended)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()

	judge, err := startServer(namespaces, verbose)
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
		if told.MutualTLS, err = serveMutualTLS(ended, certificates, judge.address); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		return err
	}
	<-ended.Done()
	return nil
}
