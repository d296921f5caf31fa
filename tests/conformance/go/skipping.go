// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Skipping unlocks the server's clock while a client that has it as an interceptor awaits a result.
type Skipping struct {
	conn *grpc.ClientConn
	once sync.Once
}

// README begins
func (s *Skipping) Intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	s.once.Do(func() { s.conn = conn })
	if history, is := request.(*workflowservice.GetWorkflowExecutionHistoryRequest); is && history.WaitNewEvent {
		if err := s.Unlock(ctx); err != nil {
			return err
		}
		defer s.Lock(context.WithoutCancel(ctx))
	}
	return invoke(ctx, method, request, reply, conn, options...)
}

// README ends

// Go has no package of TestService. Its messages are empty, or have one message in field 1: on the wire, bytes.
func (s *Skipping) call(ctx context.Context, method string, field, answer proto.Message) error {
	var reply wrapperspb.BytesValue
	value, _ := proto.Marshal(field)
	err := s.conn.Invoke(ctx, "/temporal.api.testservice.v1.TestService/"+method, wrapperspb.Bytes(value), &reply,
		grpc.StaticMethod()) // without any option, the SDK's interceptors would share one slice
	if err != nil || answer == nil {
		return err
	}
	return proto.Unmarshal(reply.Value, answer)
}

func (s *Skipping) Unlock(ctx context.Context) error {
	return s.call(ctx, "UnlockTimeSkipping", nil, nil)
}
func (s *Skipping) Lock(ctx context.Context) error { return s.call(ctx, "LockTimeSkipping", nil, nil) }

func (s *Skipping) Sleep(ctx context.Context, duration time.Duration) error {
	return s.call(ctx, "UnlockTimeSkippingWithSleep", durationpb.New(duration), nil)
}

func (s *Skipping) Now(ctx context.Context) (time.Time, error) {
	var now timestamppb.Timestamp
	err := s.call(ctx, "GetCurrentTime", nil, &now)
	return now.AsTime(), err
}
