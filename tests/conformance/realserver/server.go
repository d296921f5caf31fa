// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	schema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	loopback    = "127.0.0.1"
	thisCluster = "active"
)

type judge struct {
	server  temporal.Server
	address string
}

// The four services of a cluster, the frontend first.
func services(ports []int) map[string]config.Service {
	all := map[string]config.Service{}
	for i, name := range []string{"frontend", "history", "matching", "worker"} {
		all[name] = config.Service{RPC: config.RPC{GRPCPort: ports[2*i], MembershipPort: ports[2*i+1], BindOnIP: loopback}}
	}
	return all
}

func configuration(address string, ports []int, store *config.SQL) *config.Config {
	noArchive := config.ArchivalNamespaceDefaults{
		History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
		Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
	}
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback},
		},
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 4,
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: store}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        thisCluster,
			CurrentClusterName:       thisCluster,
			ClusterInformation: map[string]cluster.ClusterInformation{
				thisCluster: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services(ports),
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		PublicClient:      config.PublicClient{HostPort: address},
		NamespaceDefaults: config.NamespaceDefaults{Archival: noArchive},
	}
}

func makeNamespaces(store *config.SQL, names []string) error {
	made := []*schema.NamespaceConfig{}
	for _, name := range names {
		namespace, err := schema.NewNamespaceConfig(thisCluster, name, false, searchAttributes)
		if err != nil {
			return fmt.Errorf("namespace %q: %w", name, err)
		}
		made = append(made, namespace)
	}
	return schema.CreateNamespaces(store, made...)
}

func logger(verbose bool) log.Logger {
	if verbose {
		return log.NewZapLogger(log.BuildZapLogger(log.Config{Level: "info"}))
	}
	return log.NewNoopLogger()
}

func startServer(kept store, namespaces []string, callers keys, allowed limits, verbose bool) (*judge, error) {
	ports, err := kept.ports()
	if err != nil {
		return nil, err
	}
	store, err := kept.open()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("%s:%d", loopback, ports[0])
	settings := configuration(address, ports, store)
	if err := makeNamespaces(store, namespaces); err != nil {
		return nil, err
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(settings),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithLogger(logger(verbose)),
		temporal.WithAuthorizer(callers),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return callers }),
		temporal.WithDynamicConfigClient(allowed.dynamicConfig()),
		temporal.WithCustomMetricsHandler(allowed.metrics()),
	)
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	return &judge{server: server, address: address}, nil
}

func (j *judge) stop() { _ = j.server.Stop() }

// Asks until the frontend knows its namespaces; gives the server's version.
func (j *judge) waitUntilItAnswers(ctx context.Context) (string, error) {
	connection, err := grpc.NewClient(j.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", err
	}
	defer connection.Close()
	frontend := workflowservice.NewWorkflowServiceClient(connection)
	for {
		_, err = frontend.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
		if err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	system, err := frontend.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	return system.GetServerVersion(), err
}
