// SPDX-License-Identifier: MIT

package main

import (
	"time"
)

// More than real time passes in a case, less than a timer lasts.
const little = 5 * time.Second

func (w *world) now() time.Time {
	now, err := w.skipping.Now(w.ctx)
	w.must(err)
	return now
}

// passes says how much of the server's time passes meanwhile.
func (w *world) passes(meanwhile func()) time.Duration {
	start := w.now()
	meanwhile()
	return w.now().Sub(start)
}

// about expects a span of time, and a little more.
func (w *world) about(what string, passed, expected time.Duration) {
	w.expect(passed >= expected-time.Second && passed < expected+little, "%s took %v, not %v", what, passed, expected)
}

// skips expects that a result is there at once, though it takes a day.
func (w *world) skips() {
	w.about("a day skipped", w.passes(func() { get[time.Duration](w, w.start("Timers", 1, day)) }), day)
}

// holds expects that time goes as the wall's does, though a run sleeps for a day.
func (w *world) holds() {
	run := w.start("Timers", 1, day)
	w.about("a moment", w.passes(func() { time.Sleep(300 * time.Millisecond) }), 300*time.Millisecond)
	w.expect(w.status(run).String() == "Running", "a run that sleeps is %v", w.status(run))
	w.must(w.client.TerminateWorkflow(w.ctx, run.GetID(), "", ""))
}
