// SPDX-License-Identifier: MIT

// Interop puts our worker and client together with the Go SDK's, in every way: either one's client, either one's
// workflow worker, either one's activity worker, and workers of both on one queue. What the Go SDK sees of itself is
// what all others have to see; it stands in wanted.tsv. At JUDGE_ADDRESS is a Temporal server.
//
//	interop PEER TIMELAPSE WORK
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

var quiet = log.NewStructuredLogger(slog.New(slog.DiscardHandler))

// Who asks whom, and on which queue activities are.
type pairing struct{ client, queue, activityQueue string }

func (p pairing) String() string {
	return fmt.Sprintf("client %s, workflows %s, activities %s", p.client, p.queue, p.activityQueue)
}

// The first one is the Go SDK alone.
func pairings() []pairing {
	all := []pairing{}
	for _, queue := range []string{"go", "c", "both", "both-uncached"} {
		for _, activityQueue := range []string{"go", "c", "both"} {
			for _, asks := range []string{"go", "c"} {
				all = append(all, pairing{asks, queue, activityQueue})
			}
		}
	}
	return all
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: interop PEER TIMELAPSE WORK")
		os.Exit(2)
	}
	if err := run(peer{os.Args[1], os.Getenv("JUDGE_ADDRESS")}, os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func run(peer peer, timelapse, work string) error {
	options := client.Options{
		HostPort: peer.address, Logger: quiet, ContextPropagators: []workflow.ContextPropagator{propagator{}}}
	asks, err := client.Dial(options)
	if err != nil {
		return err
	}
	defer asks.Close()
	options.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		EncodeCommonAttributes: true})
	encodes, err := client.Dial(options)
	if err != nil {
		return err
	}
	defer encodes.Close()
	if _, err := asks.OperatorService().AddSearchAttributes(context.Background(), &operatorservice.AddSearchAttributesRequest{
		Namespace: "default", SearchAttributes: map[string]enums.IndexedValueType{
			list.GetName(): enums.INDEXED_VALUE_TYPE_KEYWORD_LIST}}); err != nil {
		return err
	}
	stopGo, err := startWorkers(asks, encodes)
	if err != nil {
		return err
	}
	defer stopGo()
	stopPeer, err := peer.startWorkers()
	if err != nil {
		return err
	}
	defer stopPeer()

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	seen := runAll(ctx, peer, asks)
	passed, failed := compare(os.Stdout, seen)
	for _, check := range []func() error{
		func() error { return replayOurs(ctx, asks) },
		func() error { return peer.replayAll(timelapse, work) },
		func() error { return seesFaults(ctx, peer, asks) },
		func() error { return seesOtherCommands(ctx, peer, asks, timelapse, work) },
	} {
		if err := check(); err != nil {
			fmt.Println(err)
			failed++
		} else {
			passed++
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return fmt.Errorf("%d cases are not as the Go SDK sees them itself (wanted.tsv)", failed)
	}
	return nil
}

// All pairings at once, on one server.
func runAll(ctx context.Context, peer peer, asks client.Client) map[pairing]map[string]string {
	var all sync.WaitGroup
	var mutex sync.Mutex
	seen := map[pairing]map[string]string{}
	for _, it := range pairings() {
		all.Add(1)
		go func() {
			defer all.Done()
			tag := fmt.Sprintf("%s.%s.%s", it.client, it.queue, it.activityQueue)
			var one map[string]string
			if it.client == "go" {
				one = (&cases{client: asks, queue: it.queue, activityQueue: it.activityQueue, tag: tag}).all(ctx, "")
			} else {
				one = peer.ask(ctx, it, tag, "", "")
			}
			mutex.Lock()
			defer mutex.Unlock()
			seen[it] = one
		}()
	}
	all.Wait()
	return seen
}
