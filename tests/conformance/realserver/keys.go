// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"os"
	"slices"
	"strings"

	"go.temporal.io/server/common/authorization"
)

// Calls for this namespace bear an API key; those for others are free.
const keyedNamespace = "keyed"

// API keys that are good, one a line of the file, as it is at the time of a call: who rewrites it rotates them. Without
// a file none is.
type keys struct{ file string }

// Claims are the header as it is; Authorize judges it.
func (k keys) GetClaims(caller *authorization.AuthInfo) (*authorization.Claims, error) {
	return &authorization.Claims{Extensions: caller.AuthToken}, nil
}

func (k keys) Authorize(
	_ context.Context, caller *authorization.Claims, target *authorization.CallTarget,
) (authorization.Result, error) {
	if target.Namespace != keyedNamespace || k.accepts(caller) {
		return authorization.Result{Decision: authorization.DecisionAllow}, nil
	}
	return authorization.Result{Decision: authorization.DecisionDeny}, nil
}

func (k keys) accepts(caller *authorization.Claims) bool {
	if caller == nil {
		return false
	}
	header, _ := caller.Extensions.(string)
	key, isBearer := strings.CutPrefix(header, "Bearer ")
	text, err := os.ReadFile(k.file)
	return err == nil && isBearer && key != "" && slices.Contains(strings.Split(string(text), "\n"), key)
}
