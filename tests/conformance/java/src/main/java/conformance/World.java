// SPDX-License-Identifier: MIT
package conformance;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionRequest;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;
import io.temporal.api.workflowservice.v1.TerminateWorkflowExecutionRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What a case has: a client that skips, workers, and what it began, which has to be replayed and ended. */
final class World implements AutoCloseable {
  /** More than real time passes in a case, less than a timer lasts. */
  static final Duration LITTLE = Duration.ofSeconds(5);

  static final Duration DAY = Duration.ofDays(1);

  final String address;
  final String queue;
  final boolean isCached;
  final Peer peer;
  private final WorkerFactory factory;
  private final List<WorkflowExecution> runs = new ArrayList<>();

  /** A connection, its client, and its TestService. */
  record Peer(WorkflowServiceStubs stubs, Skipping skipping, WorkflowClient client) implements AutoCloseable {
    /** One that skips by itself, or one that unlocks nothing unless it is told to. */
    static Peer at(String address, boolean skips) {
      var target = WorkflowServiceStubsOptions.newBuilder().setTarget(address).build();
      var stubs = WorkflowServiceStubs.newConnectedServiceStubs(target, LITTLE);
      var skipping = new Skipping(stubs);
      var options = WorkflowClientOptions.newBuilder();
      if (skips) {
        options.setInterceptors(skipping);
      }
      return new Peer(stubs, skipping, WorkflowClient.newInstance(stubs, options.build()));
    }

    @Override
    public void close() {
      stubs.shutdownNow();
    }
  }

  /** What a case ends with that is not as it should be. */
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;

    Wrong(String text) {
      super(text);
    }
  }

  /** What a case ends with that the server does not serve. */
  static final class Unserved extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unserved(String text) {
      super(text);
    }
  }

  World(String address, String queue, int cacheSize) {
    this.address = address;
    this.queue = queue;
    isCached = cacheSize > 0;
    peer = Peer.at(address, true);
    factory = WorkerFactory.newInstance(
        peer.client(), WorkerFactoryOptions.newBuilder().setWorkflowCacheSize(cacheSize).build());
    var options = WorkerOptions.newBuilder()
        .setStickyQueueScheduleToStartTimeout(Duration.ofSeconds(isCached ? 5 : 0)) // 0: no sticky queue
        .build();
    for (String one : List.of(queue, queue + "-2", queue + "-3", "greetings")) {
      var worker = factory.newWorker(one, options);
      worker.registerWorkflowImplementationTypes(FlowsDone.FIRST);
      worker.registerWorkflowImplementationTypes(FlowsDone.OTHERS);
      worker.registerActivitiesImplementations(new Acts.Done(peer.skipping()));
    }
    factory.start();
  }

  @Override
  public void close() {
    factory.shutdownNow();
    peer.close();
  }

  static void expect(boolean right, String format, Object... arguments) {
    if (!right) {
      throw new Wrong(String.format(format, arguments));
    }
  }

  WorkflowStub start(String name, Object... arguments) {
    return start(Duration.ZERO, name, arguments);
  }

  WorkflowStub start(Duration runTimeout, String name, Object... arguments) {
    var options = WorkflowOptions.newBuilder().setTaskQueue(queue);
    if (!runTimeout.isZero()) {
      options.setWorkflowRunTimeout(runTimeout);
    }
    var stub = peer.client().newUntypedWorkflowStub(name, options.build());
    runs.add(stub.start(arguments));
    return stub;
  }

  /** Leaves a case out that the server does not serve. */
  static void served(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof StatusRuntimeException told && told.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
          throw new Unserved(told.getMessage());
        }
      }
      throw e;
    }
  }

  DescribeWorkflowExecutionResponse describe(WorkflowExecution run) {
    return peer.stubs().blockingStub().describeWorkflowExecution(
        DescribeWorkflowExecutionRequest.newBuilder().setNamespace("default").setExecution(run).build());
  }

  WorkflowExecutionStatus status(WorkflowExecution run) {
    return describe(run).getWorkflowExecutionInfo().getStatus();
  }

  /** Waits for what comes by itself; the case's end interrupts it. */
  static void until(BooleanSupplier is) {
    while (!is.getAsBoolean()) {
      rest(5);
    }
  }

  static void rest(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Wrong("it was waiting");
    }
  }

  void untilAtWork(WorkflowExecution run) {
    until(() -> describe(run).getPendingActivitiesList().stream()
        .anyMatch(one -> one.getState() == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED));
  }

  Instant now() {
    return peer.skipping().now();
  }

  /** How much of the server's time passes meanwhile. */
  Duration passes(Runnable meanwhile) {
    var start = now();
    meanwhile.run();
    return Duration.between(start, now());
  }

  static void about(String what, Duration passed, Duration expected) {
    boolean right = passed.compareTo(expected.minusSeconds(1)) >= 0 && passed.compareTo(expected.plus(LITTLE)) < 0;
    expect(right, "%s took %s, not %s", what, passed, expected);
  }

  /** A result is there at once, though it takes a day. */
  void skips() {
    about("a day skipped", passes(() -> start("Timers", 1, DAY.toSeconds()).getResult(Long.class)), DAY);
  }

  /** Time goes as the wall's does, though a run sleeps for a day. */
  void holds() {
    var run = start("Timers", 1, DAY.toSeconds());
    about("a moment", passes(() -> rest(300)), Duration.ofMillis(300));
    var status = status(run.getExecution());
    expect(status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING, "a run that sleeps is %s", status);
    run.terminate("it was seen");
  }

  /** The SDK's replayer goes through what the case's workflows did; it takes no run that was terminated. */
  void replay() throws Exception {
    for (var run : runs) {
      if (status(run) == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED) {
        continue;
      }
      var history = peer.client().fetchHistory(run.getWorkflowId(), run.getRunId());
      WorkflowReplayer.replayWorkflowExecution(history, FlowsDone.FIRST, FlowsDone.OTHERS);
    }
  }

  void alsoReplay(WorkflowExecution run) {
    runs.add(run);
  }

  /** Ends what is open, if the server lets it. */
  void tidy() {
    var service = peer.stubs().blockingStub().withDeadlineAfter(1, TimeUnit.SECONDS);
    for (var run : runs) {
      try {
        service.terminateWorkflowExecution(TerminateWorkflowExecutionRequest.newBuilder().setNamespace("default")
            .setWorkflowExecution(run.toBuilder().clearRunId()).setReason("the case is over").build());
      } catch (StatusRuntimeException e) {
        continue; // most have ended
      }
    }
    runs.clear();
  }
}
