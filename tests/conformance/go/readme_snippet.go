// SPDX-License-Identifier: MIT

package main

import (
	"context"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(failure{err.Error()})
	}
	return value
}

// What README shows. A worker of the queue "greetings" knows Greeting, which sleeps for thirty days.
func readmeSnippet(ctx context.Context, address string) (result string, err error) {
	// README begins
	skips := []grpc.DialOption{grpc.WithChainUnaryInterceptor((&Skipping{}).Intercept)}
	server := client.Options{HostPort: address, ConnectionOptions: client.ConnectionOptions{DialOptions: skips}}
	c := must(client.Dial(server))
	run := must(c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: "greetings"}, "Greeting", "Ada"))
	err = run.Get(ctx, &result) // thirty days later, in a moment
	// README ends
	c.Close()
	return result, err
}
