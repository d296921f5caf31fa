// SPDX-License-Identifier: MIT

package main

import (
	"sync/atomic"
	"time"

	"go.temporal.io/server/common/metrics"
)

// workSign sees that the services are at work: whatever they do, they count or time something of it.
type workSign struct {
	metrics.Handler
	at atomic.Pointer[time.Time] // on the machine's clock
}

func newWorkSign() *workSign {
	sign := &workSign{Handler: metrics.NoopMetricsHandler}
	sign.note()
	return sign
}

func (w *workSign) note() {
	now := time.Now()
	w.at.Store(&now)
}

func (w *workSign) last() time.Time { return *w.at.Load() }

func (w *workSign) WithTags(...metrics.Tag) metrics.Handler { return w }

func (w *workSign) Counter(string) metrics.CounterIface {
	return metrics.CounterFunc(func(int64, ...metrics.Tag) { w.note() })
}

func (w *workSign) Gauge(string) metrics.GaugeIface {
	return metrics.GaugeFunc(func(float64, ...metrics.Tag) { w.note() })
}

func (w *workSign) Timer(string) metrics.TimerIface {
	return metrics.TimerFunc(func(time.Duration, ...metrics.Tag) { w.note() })
}

func (w *workSign) Histogram(string, metrics.MetricUnit) metrics.HistogramIface {
	return metrics.HistogramFunc(func(int64, ...metrics.Tag) { w.note() })
}
