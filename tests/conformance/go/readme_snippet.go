// SPDX-License-Identifier: MIT

package main

import (
	"context"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
)

// What stands in the README, executed. A worker of the queue "greetings" knows Greeting, which sleeps for thirty days.
func readmeSnippet(ctx context.Context, address string) (result string, err error) {
	skipping := &Skipping{} // skipping.go
	dial := []grpc.DialOption{grpc.WithChainUnaryInterceptor(skipping.Intercept)}
	c, err := client.Dial(client.Options{HostPort: address, ConnectionOptions: client.ConnectionOptions{DialOptions: dial}})
	if err != nil {
		return "", err
	}
	defer c.Close()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: "greetings"}, "Greeting", "Ada")
	if err != nil {
		return "", err
	}
	return result, run.Get(ctx, &result)
}
