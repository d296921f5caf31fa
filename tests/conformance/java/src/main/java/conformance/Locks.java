// SPDX-License-Identifier: MIT
package conformance;

import static conformance.World.DAY;
import static conformance.World.about;
import static conformance.World.expect;

import com.google.protobuf.util.Durations;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.command.v1.Command;
import io.temporal.api.command.v1.CompleteWorkflowExecutionCommandAttributes;
import io.temporal.api.enums.v1.CommandType;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.testservice.v1.SleepRequest;
import io.temporal.api.testservice.v1.TestServiceGrpc;
import io.temporal.api.workflowservice.v1.PollWorkflowTaskQueueRequest;
import io.temporal.api.workflowservice.v1.RespondWorkflowTaskCompletedRequest;
import io.temporal.client.WorkflowOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Locks and unlocks as they should not be; each on a server of its own. */
final class Locks {
  static final Map<String, Conformance.Case> ALL = new LinkedHashMap<>();
  static final Map<String, Conformance.Case> UNLOCKED = new LinkedHashMap<>();

  static {
    ALL.put("dropped_connection", Locks::droppedConnection);
    ALL.put("unbalanced_unlock", Locks::unbalancedUnlock);
    ALL.put("canceled_sleep", Locks::canceledSleep);
    ALL.put("closed_with_activity", Locks::closedWithActivity);
    ALL.put("no_jump_after_result", Locks::noJumpAfterResult);
    UNLOCKED.put("started_unlocked", Locks::startedUnlocked);
    UNLOCKED.put("unbalanced_when_unlocked", Locks::unbalancedWhenUnlocked);
  }

  private Locks() {}

  /** What a client that vanished had unlocked is locked again. */
  private static void droppedConnection(World world) {
    var other = World.Peer.at(world.address, false);
    other.skipping().unlock();
    other.close();
    World.rest(200);
    world.holds();
    world.skips();
  }

  private static void refused(Runnable unlock) {
    try {
      unlock.run();
    } catch (StatusRuntimeException e) {
      expect(e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION, "an unlock too many: %s", e.getStatus());
      return;
    }
    throw new World.Wrong("an unlock too many was taken");
  }

  private static void unbalancedUnlock(World world) {
    var skipping = world.peer.skipping();
    skipping.unlock();
    refused(skipping::unlock);
    skipping.lock();
    world.holds();
    world.skips();
    world.holds();
  }

  /** A task at a worker holds the clock, so that the sleep lasts; once it is over, the clock is locked. */
  private static void canceledSleep(World world) throws Exception {
    var options = WorkflowOptions.newBuilder().setTaskQueue("raw").build();
    world.peer.client().newUntypedWorkflowStub("Raw", options).start();
    var service = world.peer.stubs().blockingStub();
    var task = service.pollWorkflowTaskQueue(PollWorkflowTaskQueueRequest.newBuilder()
        .setNamespace("default").setTaskQueue(TaskQueue.newBuilder().setName("raw")).build());
    var hour = SleepRequest.newBuilder().setDuration(Durations.fromHours(1)).build();
    var call = Context.current().withCancellation();
    var sleeps = call.call(() -> TestServiceGrpc.newFutureStub(world.peer.stubs().getRawChannel())
        .unlockTimeSkippingWithSleep(hour));
    World.rest(200);
    expect(!sleeps.isDone(), "a sleep beside a task is over");
    call.cancel(null);
    service.respondWorkflowTaskCompleted(RespondWorkflowTaskCompletedRequest.newBuilder()
        .setNamespace("default").setTaskToken(task.getTaskToken()).addCommands(Command.newBuilder()
            .setCommandType(CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION)
            .setCompleteWorkflowExecutionCommandAttributes(
                CompleteWorkflowExecutionCommandAttributes.getDefaultInstance())).build());
    World.rest(50);
    world.holds();
    world.skips();
  }

  private static void closedWithActivity(World world) {
    var run = world.start("StopsActivity", "Hang", new Flows.Limits(null, 1, 3600, 0, 0));
    world.untilAtWork(run.getExecution());
    run.terminate("with an activity at work");
    world.skips();
    world.holds();
  }

  /** A client that is slow to lock finds the clock where its result left it. */
  private static void noJumpAfterResult(World world) {
    var waits = world.start(DAY.multipliedBy(90), "Patient");
    try (var slow = World.Peer.at(world.address, false)) {
      for (int i = 0; i < 3; i++) {
        var run = slow.client().newUntypedWorkflowStub(
            world.start("Timers", 1, DAY.toSeconds()).getExecution().getWorkflowId());
        about("a day", world.passes(() -> {
          slow.skipping().unlock();
          run.getResult(Long.class);
          World.rest(20);
          slow.skipping().lock();
        }), DAY);
      }
    }
    waits.signal("go");
    expect(waits.getResult(Boolean.class), "the signal did not come in time");
  }

  /** Started unlocked, it can be locked, and then it is like the other. */
  private static void startedUnlocked(World world) {
    try (var other = World.Peer.at(world.address, false)) {
      var id = world.start("Timers", 1, DAY.toSeconds()).getExecution().getWorkflowId();
      about("a day", Duration.ofSeconds(other.client().newUntypedWorkflowStub(id).getResult(Long.class)), DAY);
    }
    world.peer.skipping().lock();
    world.holds();
    world.skips();
  }

  private static void unbalancedWhenUnlocked(World world) {
    refused(world.peer.skipping()::unlock);
    refused(() -> world.peer.skipping().sleep(Duration.ofHours(1)));
    world.peer.skipping().lock();
    world.holds();
    world.skips();
  }
}
