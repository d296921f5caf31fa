// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// What is done: by chance, so often of a thousand times, or whenever it is time again.
type kind struct {
	name   string
	often  int
	every  time.Duration
	do     func(*scene, *rand.Rand) error
	last   time.Time
	number int
}

type harm struct {
	scene   *scene
	random  *rand.Rand
	kinds   []*kind
	kills   int // wanted; 0: until the deadline
	until   time.Time
	lastOne time.Time

	livedThrough int // by workers that were spared
}

func newHarm(o options, s *scene) *harm {
	h := &harm{
		scene: s, random: rand.New(rand.NewPCG(o.seed, 0)), kills: o.kills, until: time.Now().Add(o.length),
		kinds: []*kind{
			{name: "kills of the worker", often: 840, do: func(s *scene, _ *rand.Rand) error { return s.worker.restart() }},
			{name: "cuts", often: 60, do: func(s *scene, _ *rand.Rand) error { s.proxy.cut(); return nil }},
			{name: "delays", often: 50, do: func(s *scene, r *rand.Rand) error { s.proxy.hold(between(r, 100, 1500)); return nil }},
			{name: "half-closed connections", often: 50, do: func(s *scene, _ *rand.Rand) error { s.proxy.halfClose(); return nil }},
			{name: "silences", every: 35 * time.Second, do: func(s *scene, _ *rand.Rand) error { s.proxy.mute(); return nil }},
			{name: "kills of the server", every: 15 * time.Second, do: func(s *scene, _ *rand.Rand) error { return s.server.restart() }},
		},
	}
	for _, kind := range h.kinds {
		kind.last = time.Now()
	}
	return h
}

func between(random *rand.Rand, least, most int) time.Duration {
	return time.Duration(least+random.IntN(most-least)) * time.Millisecond
}

func (h *harm) goesOn() bool {
	if h.kills > 0 {
		return h.kinds[0].number < h.kills
	}
	return time.Now().Before(h.until)
}

// One of the kinds whose time has come, or else one by chance.
func (h *harm) choose(kinds []*kind) *kind {
	all := 0
	for _, kind := range kinds {
		if kind.every > 0 && time.Since(kind.last) >= kind.every {
			return kind
		}
		all += kind.often
	}
	dice := h.random.IntN(all)
	for _, kind := range kinds {
		if dice -= kind.often; dice < 0 {
			return kind
		}
	}
	return kinds[0]
}

// Until the client ends, or until enough was done. A worker that is spared has to live through all the rest: with less
// of it, or connections would not last for as long as a task.
func (h *harm) goOn(client *process, isSpared bool) error {
	kinds, least, most := h.kinds, 10, 1200
	if isSpared {
		kinds, least, most = h.kinds[1:], 200, 1500
	}
	for h.goesOn() {
		if hasEnded, err := h.await(client, time.After(between(h.random, least, most))); hasEnded || err != nil {
			return err
		}
		if err := h.inflict(h.choose(kinds)); err != nil {
			return err
		}
		if isSpared {
			h.livedThrough++
		}
	}
	_, err := h.await(client, nil)
	return err
}

func (h *harm) inflict(chosen *kind) error {
	chosen.number++
	h.lastOne = time.Now()
	if err := chosen.do(h.scene, h.random); err != nil {
		return fmt.Errorf("%s: %w", chosen.name, err)
	}
	chosen.last = time.Now()
	return nil
}

// Whether the client ended, and well. What ends meanwhile though nobody killed it is at fault.
func (h *harm) await(client *process, until <-chan time.Time) (bool, error) {
	select {
	case <-client.ended:
		if !client.running.ProcessState.Success() {
			return true, client.fault("found something wrong")
		}
		return true, nil
	case <-h.scene.worker.ended:
		return false, h.scene.worker.fault("ended by itself")
	case <-h.scene.server.ended:
		return false, h.scene.server.fault("ended by itself")
	case <-until:
		return false, nil
	}
}

func (h *harm) told() string {
	parts := []string{}
	for _, kind := range h.kinds {
		parts = append(parts, fmt.Sprintf("%d %s", kind.number, kind.name))
	}
	return fmt.Sprintf("%s; spared workers lived through %d of these", strings.Join(parts, ", "), h.livedThrough)
}
