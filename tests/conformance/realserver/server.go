// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/taskqueue/v1"
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

// What a server is to be like.
type options struct {
	namespaces []string
	store      store
	callers    keys
	allowed    limits
	still      *stillServer // nil: time passes
	verbose    bool
}

func (o options) serverOptions(settings *config.Config) []temporal.ServerOption {
	chosen := []temporal.ServerOption{
		temporal.WithConfig(settings),
		temporal.WithLogger(logger(o.verbose)),
		temporal.WithAuthorizer(o.callers),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return o.callers }),
		temporal.WithDynamicConfigClient(o.allowed.dynamicConfig()),
		temporal.WithCustomMetricsHandler(o.allowed.metrics()),
	}
	if o.still == nil {
		return append(chosen, temporal.ForServices(temporal.DefaultServices))
	}
	return append(chosen, o.still.serverOptions()...)
}

func startServer(wanted options) (*judge, error) {
	ports, err := wanted.store.ports()
	if err != nil {
		return nil, err
	}
	store, err := wanted.store.open()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("%s:%d", loopback, ports[0])
	settings := configuration(address, ports, store)
	if err := makeNamespaces(store, wanted.namespaces); err != nil {
		return nil, err
	}
	module := temporal.TopLevelModule
	if wanted.still != nil {
		module = wanted.still.module()
		settings.Persistence.NumHistoryShards = 1
	}
	server, err := temporal.NewServerFx(module, wanted.serverOptions(settings)...)
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	return &judge{server: server, address: address}, nil
}

func (j *judge) stop() { _ = j.server.Stop() }

// Asks until the services know their namespaces and each other; gives the server's version.
func (j *judge) waitUntilItAnswers(ctx context.Context) (string, error) {
	connection, err := grpc.NewClient(j.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", err
	}
	defer connection.Close()
	frontend := workflowservice.NewWorkflowServiceClient(connection)
	for {
		// which takes the frontend and the service of queues, each of which finds the others by and by
		_, err = frontend.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace: "default", TaskQueue: &taskqueue.TaskQueue{Name: "none"},
		})
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
