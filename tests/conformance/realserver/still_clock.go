// SPDX-License-Identifier: MIT

package main

import (
	"runtime"
	"strings"
	"sync"
	"time"

	"go.temporal.io/server/common/clock"
)

// The history service keeps its tasks by the millisecond, and takes one up when its own clock is past the millisecond
// behind the task's time. A clock that stands on that time would never get there: to its queues it is so far ahead.
const queuesAhead = 2 * time.Millisecond

// stillClock is the clock of the history service: it stands, and moves when it is told to. What is timed with the
// functions of package time is not asked of it: what the services wait for among themselves, and tasks that failed and
// are put off for a moment. That goes on in real time.
type stillClock struct {
	clock.RealTimeSource
	mutex sync.Mutex
	now   time.Time
	moved time.Time // on the machine's clock
}

func newStillClock() *stillClock {
	now := time.Now()
	return &stillClock{now: now.UTC().Truncate(time.Second), moved: now}
}

// Who asks for the time.
type asker int

const (
	service asker = iota // what stands in histories
	queue                // whether a task's time has come
	putOff               // whether a failed task is tried again
)

// Of the functions from the one that calls Now on: a gate asks for the queue that it belongs to.
func whoAsks() asker {
	var callers [4]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])])
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasSuffix(frame.File, "/service/history/queues/rescheduler.go"):
			return putOff
		case strings.Contains(frame.File, "/service/history/queues/"):
			return queue
		case !strings.HasSuffix(frame.File, "/common/timer/local_gate.go") || !more:
			return service
		}
	}
}

func (c *stillClock) Now() time.Time {
	who := whoAsks()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch who {
	case queue:
		return c.now.Add(queuesAhead)
	case putOff:
		return c.now.Add(queuesAhead + time.Since(c.moved))
	default:
		return c.now
	}
}

func (c *stillClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// It never goes back.
func (c *stillClock) moveTo(to time.Time) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if to.After(c.now) {
		c.now, c.moved = to, time.Now()
	}
}

func (c *stillClock) stands() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}
