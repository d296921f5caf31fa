// SPDX-License-Identifier: MIT

package main

import (
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/dynamicconfig"
)

// One of each type, in the namespaces that are there from the start.
var searchAttributes = map[string]enums.IndexedValueType{
	"CustomBoolField":     enums.INDEXED_VALUE_TYPE_BOOL,
	"CustomDatetimeField": enums.INDEXED_VALUE_TYPE_DATETIME,
	"CustomDoubleField":   enums.INDEXED_VALUE_TYPE_DOUBLE,
	"CustomIntField":      enums.INDEXED_VALUE_TYPE_INT,
	"CustomKeywordField":  enums.INDEXED_VALUE_TYPE_KEYWORD,
	"CustomTextField":     enums.INDEXED_VALUE_TYPE_TEXT,
}

func on(setting interface{ Key() dynamicconfig.Key }) (dynamicconfig.Key, any) {
	return setting.Key(), true
}

// Every API that is behind a switch is on; no limit of requests a second stands in a conformance run's way.
var dynamicConfig = func() dynamicconfig.StaticClient {
	values := dynamicconfig.StaticClient{
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():           100000,
		dynamicconfig.FrontendRPS.Key():                                  100000,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100000,
		// Registering a namespace, which each environment of a scenario does: 20 a second are the default.
		dynamicconfig.FrontendNamespaceReplicationInducingAPIsRPS.Key():                        100000,
		dynamicconfig.FrontendMaxNamespaceNamespaceReplicationInducingAPIsRPSPerInstance.Key(): 100000,
		dynamicconfig.HistoryRPS.Key():                                                         100000,
		dynamicconfig.MatchingRPS.Key():                                                        100000,
	}
	for _, setting := range []interface{ Key() dynamicconfig.Key }{
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead,
		dynamicconfig.WorkflowTimeSkippingEnabled,
		dynamicconfig.EnableEagerWorkflowStart,
	} {
		key, value := on(setting)
		values[key] = value
	}
	return values
}()
