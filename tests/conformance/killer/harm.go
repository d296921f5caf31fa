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

func (h *harm) choose() *kind {
	for _, kind := range h.kinds {
		if kind.every > 0 && time.Since(kind.last) >= kind.every {
			return kind
		}
	}
	dice := h.random.IntN(1000)
	for _, kind := range h.kinds {
		if dice -= kind.often; dice < 0 {
			return kind
		}
	}
	return h.kinds[0]
}

// Until `done`, or until enough was done.
func (h *harm) goOn(done <-chan error) error {
	for h.goesOn() {
		select {
		case err := <-done:
			return err
		case <-time.After(between(h.random, 10, 1200)):
		}
		chosen := h.choose()
		chosen.number++
		h.lastOne = time.Now()
		if err := chosen.do(h.scene, h.random); err != nil {
			return fmt.Errorf("%s: %w", chosen.name, err)
		}
		chosen.last = time.Now()
	}
	return <-done
}

func (h *harm) told() string {
	parts := []string{}
	for _, kind := range h.kinds {
		parts = append(parts, fmt.Sprintf("%d %s", kind.number, kind.name))
	}
	return strings.Join(parts, ", ")
}
