// SPDX-License-Identifier: MIT

package main

import (
	"context"

	"go.temporal.io/server/api/historyservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The frontend tells the history service when a chain of runs that it starts has to end, by the machine's clock
// (common/util.go, CreateHistoryStartWorkflowRequest). Here it is told by the one that stands.
func (s *stillServer) interceptStart(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	start, isStart := request.(*historyservice.StartWorkflowExecutionRequest)
	if isStart && start.WorkflowExecutionExpirationTime != nil {
		timeout := start.StartRequest.WorkflowExecutionTimeout.AsDuration()
		start.WorkflowExecutionExpirationTime = timestamppb.New(s.clock.stands().Add(timeout))
	}
	return next(ctx, request)
}
