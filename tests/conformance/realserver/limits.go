// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"maps"
	"os"

	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/metrics"
)

// How many calls a second the frontend takes for a namespace, and twice as many at once; 0: as many as come.
type limits struct{ callsPerSecond int }

func (l limits) dynamicConfig() dynamicconfig.StaticClient {
	values := maps.Clone(dynamicConfig)
	if l.callsPerSecond > 0 {
		values[dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key()] = l.callsPerSecond
	}
	return values
}

func (l limits) metrics() metrics.Handler {
	if l.callsPerSecond > 0 {
		return refusals{metrics.NoopMetricsHandler}
	}
	return metrics.NoopMetricsHandler
}

// What the services count. Calls that were refused for a limit are told on standard error, a line each with the cause:
// callers that make them again see nothing of it.
type refusals struct{ metrics.Handler }

func (r refusals) WithTags(...metrics.Tag) metrics.Handler { return r }

func (r refusals) Counter(name string) metrics.CounterIface {
	if name != metrics.ServiceErrResourceExhaustedCounter.Name() {
		return r.Handler.Counter(name)
	}
	return metrics.CounterFunc(func(_ int64, tags ...metrics.Tag) {
		line := "refused:"
		for _, tag := range tags {
			line += " " + tag.Value
		}
		fmt.Fprintln(os.Stderr, line)
	})
}
