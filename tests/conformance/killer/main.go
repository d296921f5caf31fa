// SPDX-License-Identifier: MIT

// Killer interrupts a load on the real server at random moments: it kills the worker, restarts the server, and cuts,
// delays, half-closes and mutes the connections between the two. The server takes fewer calls a second than come. Every
// workflow has to end as it should, with each effect once; what was recorded has to replay.
//
//	killer --server PROGRAM --programs DIRECTORY --timelapse PROGRAM --work DIRECTORY
//	       [--workflows N] [--kills N | --for DURATION] [--calls-per-second N] [--seed N]
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

type options struct {
	server, programs, timelapse, work string
	workflows, kills, calls           int
	length                            time.Duration
	seed                              uint64
}

func main() {
	var o options
	flag.StringVar(&o.server, "server", "", "the real server")
	flag.StringVar(&o.programs, "programs", "", "where worker, client and replay are")
	flag.StringVar(&o.timelapse, "timelapse", "", "the program that fetches histories")
	flag.StringVar(&o.work, "work", "", "for store, ledger, logs and histories; emptied")
	flag.IntVar(&o.workflows, "workflows", 50, "in a round, all at once")
	flag.IntVar(&o.kills, "kills", 0, "of the worker; 0: as many as --for has room for")
	flag.IntVar(&o.calls, "calls-per-second", 60, "that the server takes, which is fewer than come; 0: all")
	flag.DurationVar(&o.length, "for", 90*time.Second, "how long without --kills; what is open then may end")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of what is done when")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintf(os.Stderr, "killing: %v (--seed %d; logs are in %s)\n", err, o.seed, o.work)
		fmt.Println("0 passed, 1 failed")
		os.Exit(1)
	}
}

func run(o options) error {
	fmt.Printf("killing: seed %d\n", o.seed)
	scene, err := openScene(o)
	if err != nil {
		return err
	}
	defer scene.close()
	harm := newHarm(o, scene)
	rounds := 0
	for ; rounds == 0 || harm.goesOn(); rounds++ {
		if err := scene.round(rounds, harm); err != nil {
			return fmt.Errorf("round %d: %w", rounds, err)
		}
	}
	if err := scene.worker.stopWell(); err != nil {
		return err
	}
	runs, err := scene.replay(rounds * o.workflows)
	if err != nil {
		return err
	}
	refused, err := scene.refused()
	if err != nil {
		return err
	}
	fmt.Printf("killing: %s; %d calls refused for the limit; the longest wait after the last harm of a round was %.1f s; %d histories replay\n",
		harm.told(), refused, scene.longestCalm.Seconds(), runs)
	fmt.Printf("%d passed, 0 failed\n", rounds*o.workflows)
	return nil
}
