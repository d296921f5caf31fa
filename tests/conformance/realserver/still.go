// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"time"

	"go.temporal.io/server/chasm"
	"go.temporal.io/server/common/clock"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership"
	"go.temporal.io/server/common/persistence/serialization"
	"go.temporal.io/server/common/pprof"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/common/resource"
	"go.temporal.io/server/service/history"
	"go.temporal.io/server/service/history/queues"
	"go.temporal.io/server/service/history/replication"
	"go.temporal.io/server/temporal"
	"go.uber.org/fx"
	"google.golang.org/grpc"
)

// A server whose time stands still for the one test that it serves, and goes on when the test says so. The server's own
// code does all that is done; what it is given is a clock, and what it does is watched from outside.
//
// The test asks through a connection of its own, a line at a time, and gets the time in the answer:
//
//	NAME BEGUN ENDED TO STOP KINDS   the test's own; how many calls it has made, and how many are over; two times in
//	                                 nanoseconds; kinds of deadlines, a mask
//	NOW STATE                        busy, rests or moved
//
// Nothing moves before the server rests: it has seen all of the test's calls and their ends, has answered all but those
// that wait, and has done all that is due. Then the time goes to the next deadline of the kinds or to TO, whichever
// comes first, but passes neither STOP nor a deadline of any kind. A TO that is not after now asks whether the server
// rests.
type stillServer struct {
	clock *stillClock
	tasks *taskBook
	calls *callBook
	work  *workSign
	peers membership.Monitor // that the history service knows

	last    time.Time // when something was begun or ended there, as of the last look
	looks   int       // since then that saw nothing new
	left    int       // tasks for workers, of which no poll has come at last
	awaited time.Time // since when the test waits for the server to rest, and nothing happens there
}

const (
	patience  = 100 * time.Millisecond // with a server at work, before the test hears of it
	quiet     = 5                      // looks that see nothing begun or ended: what goes from hand to hand inside has arrived
	forgotten = 2 * time.Second        // nothing happened for so long: what is still open comes to nothing
	slow      = 20                     // looks likewise, as long as a task for workers is in a queue that may be polled
	handOver  = 2                      // looks likewise, from one task to the next
	look      = 200 * time.Microsecond // between two looks
)

// No limit of what is done in a second of the machine's time stands in the way of one that is skipped.
var stillSettings = dynamicconfig.StaticClient{
	dynamicconfig.TimerProcessorMaxTimeShift.Key():      queuesAhead,
	dynamicconfig.TimerProcessorMaxPollRPS.Key():        100000,
	dynamicconfig.TimerProcessorMaxPollHostRPS.Key():    100000,
	dynamicconfig.TransferProcessorMaxPollRPS.Key():     100000,
	dynamicconfig.TransferProcessorMaxPollHostRPS.Key(): 100000,
	// A queue in one piece: what one piece hands to another does so in real time.
	dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
	dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	dynamicconfig.HistoryPersistenceMaxQPS.Key():            100000,
	dynamicconfig.MatchingPersistenceMaxQPS.Key():           100000,
	dynamicconfig.FrontendPersistenceMaxQPS.Key():           100000,
}

func newStillServer() *stillServer {
	clock := newStillClock()
	tasks := newTaskBook(clock)
	return &stillServer{clock: clock, tasks: tasks, calls: newCallBook(tasks.settle), work: newWorkSign()}
}

// No service of workers: nothing but the test is to run workflows.
func (s *stillServer) serverOptions() []temporal.ServerOption {
	settings := maps.Clone(dynamicConfig)
	maps.Copy(settings, stillSettings)
	return []temporal.ServerOption{
		temporal.ForServices([]string{
			string(primitives.FrontendService), string(primitives.HistoryService), string(primitives.MatchingService),
		}),
		temporal.WithDynamicConfigClient(settings),
		temporal.WithChainedFrontendGrpcInterceptors(s.calls.intercept),
		temporal.WithCustomMetricsHandler(s.work),
	}
}

// Services are those of temporal.TopLevelModule, but that the history service has our clock and is watched.
func (s *stillServer) module() fx.Option {
	return fx.Options(
		fx.Provide(
			temporal.NewServerFxImpl,
			temporal.ServerOptionsProvider,
			resource.ArchivalMetadataProvider,
			temporal.TaskCategoryRegistryProvider,
			temporal.MatchingServiceProvider,
			temporal.FrontendServiceProvider,
			temporal.ApplyClusterMetadataConfigProvider,
			s.history,
		),
		dynamicconfig.Module,
		pprof.Module,
		temporal.TraceExportModule,
		chasm.Module,
		serialization.Module,
		temporal.FxLogAdapter,
		fx.Invoke(temporal.ServerLifetimeHooks),
	)
}

func (s *stillServer) history(params temporal.ServiceProviderParamsCommon) (temporal.ServicesGroupOut, error) {
	group := fx.ParamTags(`group:"` + history.QueueFactoryFxGroup + `"`)
	result := fx.ResultTags(`group:"` + history.QueueFactoryFxGroup + `"`)
	app := fx.New(
		params.GetCommonServiceOptions(primitives.HistoryService),
		history.QueueModule,
		history.Module,
		replication.Module,
		fx.Provide(func() queues.ExecutorWrapper { return s.tasks }),
		fx.Populate(&s.peers),
		fx.Decorate(
			func(clock.TimeSource) clock.TimeSource { return s.clock },
			func(others []grpc.UnaryServerInterceptor) []grpc.UnaryServerInterceptor {
				return append(others, s.interceptStart)
			},
			fx.Annotate(s.tasks.factories, group, result),
		),
	)
	return temporal.NewService(app, primitives.HistoryService, params.Logger), app.Err()
}

// The history service finds the one of queues a moment after the frontend has. Tasks that were in vain would wait.
func (s *stillServer) waitForPeers(ctx context.Context) error {
	queues, err := s.peers.GetResolver(primitives.MatchingService)
	for err == nil && queues.MemberCount() == 0 {
		time.Sleep(look)
		err = ctx.Err()
	}
	return err
}

// Listens for the test; gives the address.
func (s *stillServer) openDoor(ctx context.Context) (string, error) {
	listener, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return "", err
	}
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(connection)
		}
	}()
	return listener.Addr().String(), nil
}

func (s *stillServer) serve(connection net.Conn) {
	defer connection.Close()
	lines := bufio.NewReader(connection)
	for {
		var caller string
		var counted tally
		var to, stop int64
		var kinds int
		if _, err := fmt.Fscanf(lines, "%s %d %d %d %d %d\n", &caller, &counted.begun, &counted.ended, &to, &stop, &kinds); err != nil {
			return
		}
		state := s.goOn(caller, counted, leg{time.Unix(0, to).UTC(), time.Unix(0, stop).UTC(), kinds})
		if _, err := fmt.Fprintf(connection, "%d %s\n", s.clock.stands().UnixNano(), state); err != nil {
			return
		}
	}
}

// How far time may go.
type leg struct {
	to    time.Time
	stop  time.Time
	kinds int
}

func (s *stillServer) goOn(caller string, counted tally, way leg) string {
	if !s.waitForRest(caller, counted) {
		return "busy"
	}
	s.awaited, s.looks = time.Time{}, 0
	s.left = s.tasks.tasksQueued() - s.calls.tasksGiven()
	if !way.to.After(s.clock.stands()) {
		return "rests"
	}
	next := s.tasks.next(way.kinds)
	if next.Equal(never) && way.to.Equal(never) {
		return "rests"
	}
	to := way.to
	for _, at := range []time.Time{next, s.tasks.next(kindWaking | kindIdle | kindRun), way.stop} {
		if at.Before(to) {
			to = at
		}
	}
	s.clock.moveTo(to)
	s.tasks.wake(to)
	return "moved"
}

// Once the test has seen all answers and waits, what is due is done, all of it before the test hears of any. True: it
// rests.
func (s *stillServer) waitForRest(caller string, counted tally) bool {
	released := false
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(look) {
		seen, atWork, changed := s.calls.look(caller)
		s.lookAround(changed)
		if seen == counted && !atWork && !released {
			released = true
			s.calls.release()
			continue
		}
		isQuiet, isDone := s.isQuiet(), s.tasks.due() == 0
		answered := seen.begun == counted.begun && seen.ended > counted.ended
		if answered && (!released || isQuiet && (atWork || isDone)) {
			return false
		}
		if seen == counted && !atWork && released && isQuiet && isDone {
			return true
		}
	}
	if time.Since(s.awaited) < forgotten {
		return false
	}
	seen, _, _ := s.calls.look(caller)
	fmt.Fprintf(os.Stderr, "realserver: for %v nothing came of %d tasks; %s has seen of its calls %+v, of which %+v came here\n",
		forgotten, s.tasks.due(), caller, counted, seen)
	s.calls.settle(caller, counted)
	s.tasks.forget()
	return true
}

// Queues hand over what they have kept in their own time.
func (s *stillServer) isQuiet() bool {
	if s.tasks.tasksQueued()-s.calls.tasksGiven() > s.left {
		return s.looks >= slow
	}
	return s.looks >= quiet
}

// Counts the looks since something was begun or ended.
func (s *stillServer) lookAround(changed time.Time) {
	last := changed
	for _, at := range []time.Time{s.tasks.lastDone(), s.work.last()} {
		if at.After(last) {
			last = at
		}
	}
	if s.looks++; last.After(s.last) {
		s.last, s.looks = last, 0
	}
	if s.awaited.Before(last) {
		s.awaited = time.Now()
	}
}
