// SPDX-License-Identifier: MIT
package conformance;

import io.temporal.activity.ActivityCancellationType;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TimeoutFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the workflows do. */
final class FlowsDone {
  static final Class<?> FIRST = Greeting.class; // as the replayer wants them
  static final Class<?>[] OTHERS = {
    Timers.class, Retries.class, Mailbox.class, Patient.class, Waits.class, StopsActivity.class, Chain.class,
    OneActivity.class, Queues.class, EqualTimers.class, Updated.class
  };

  private FlowsDone() {}

  private static ActivityOptions optionsOf(Flows.Limits limits) {
    var options = ActivityOptions.newBuilder()
        .setStartToCloseTimeout(Duration.ofSeconds(limits.whole()))
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(limits.attempts()).build());
    if (limits.queue() != null) {
      options.setTaskQueue(limits.queue());
    }
    if (limits.start() > 0) {
      options.setScheduleToStartTimeout(Duration.ofSeconds(limits.start()));
    }
    if (limits.heartbeat() > 0) {
      options.setHeartbeatTimeout(Duration.ofSeconds(limits.heartbeat()));
    }
    return options.build();
  }

  private static Acts acts(String queue) {
    return Workflow.newActivityStub(Acts.class, optionsOf(new Flows.Limits(queue, 1, 60, 0, 0)));
  }

  private static long secondsSince(long start) {
    return (Workflow.currentTimeMillis() - start) / 1000;
  }

  private static String outcome(ActivityFailure failure) {
    if (failure.getCause() instanceof CanceledFailure) {
      return "canceled";
    }
    return failure.getCause() instanceof TimeoutFailure late ? late.getTimeoutType().name() : failure.toString();
  }

  public static final class Greeting implements Flows.Greeting {
    @Override
    public String greet(String name) {
      Workflow.sleep(Duration.ofDays(30));
      return acts(null).greet(name);
    }
  }

  public static final class Timers implements Flows.Timers {
    private int done;

    @Override
    public long run(int count, long seconds) {
      long start = Workflow.currentTimeMillis();
      for (; done < count; done++) {
        Workflow.sleep(Duration.ofSeconds(seconds));
      }
      return secondsSince(start);
    }

    @Override
    public int done() {
      return done;
    }
  }

  public static final class Retries implements Flows.Retries {
    @Override
    public long run() {
      long start = Workflow.currentTimeMillis();
      var retry = RetryOptions.newBuilder().setInitialInterval(Duration.ofMinutes(1)).setBackoffCoefficient(2).build();
      var options = ActivityOptions.newBuilder().setStartToCloseTimeout(Duration.ofMinutes(1)).setRetryOptions(retry);
      Workflow.newActivityStub(Acts.class, options.build()).succeedAt(6);
      return secondsSince(start);
    }
  }

  public static final class Mailbox implements Flows.Mailbox {
    private final List<String> got = new ArrayList<>();
    private boolean ended;

    @Override
    public List<String> run() {
      Workflow.await(() -> ended);
      return got;
    }

    @Override
    public void add(String word) {
      got.add(word);
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public List<String> got() {
      return got;
    }
  }

  public static final class Patient implements Flows.Patient {
    private boolean came;

    @Override
    public boolean run() {
      return Workflow.await(Duration.ofDays(365), () -> came);
    }

    @Override
    public void go() {
      came = true;
    }
  }

  public static final class Waits implements Flows.Waits {
    @Override
    public void run() {
      try {
        Workflow.sleep(Duration.ofDays(100));
      } catch (CanceledFailure e) {
        Workflow.newDetachedCancellationScope(() -> acts(null).greet("tidy")).run();
        throw e;
      }
    }
  }

  public static final class StopsActivity implements Flows.StopsActivity {
    private boolean stopped;
    private Promise<Void> running;

    @Override
    public String run(String activity, Flows.Limits limits) {
      var stub = Workflow.newUntypedActivityStub(optionsOf(limits));
      CancellationScope scope =
          Workflow.newCancellationScope(() -> running = stub.executeAsync(activity, Void.class));
      scope.run();
      Workflow.await(() -> stopped);
      scope.cancel();
      try {
        running.get();
        return "done";
      } catch (ActivityFailure e) {
        return outcome(e);
      }
    }

    @Override
    public void stop() {
      stopped = true;
    }
  }

  public static final class Chain implements Flows.Chain {
    @Override
    public long run(int left, long total) {
      long start = Workflow.currentTimeMillis();
      Workflow.sleep(Duration.ofDays(1));
      long sum = total + secondsSince(start);
      return left > 1 ? Workflow.newContinueAsNewStub(Flows.Chain.class).run(left - 1, sum) : sum;
    }
  }

  public static final class OneActivity implements Flows.OneActivity {
    @Override
    public String run(String activity, Flows.Limits limits, Object argument) {
      var stub = Workflow.newUntypedActivityStub(optionsOf(limits));
      try {
        var arguments = argument == null ? new Object[0] : new Object[] {argument};
        return stub.execute(activity, String.class, arguments);
      } catch (ActivityFailure e) {
        return outcome(e);
      }
    }
  }

  public static final class Queues implements Flows.Queues {
    @Override
    public List<String> run(List<String> queues) {
      return queues.stream().map(queue -> acts(queue).queue()).toList();
    }
  }

  public static final class EqualTimers implements Flows.EqualTimers {
    @Override
    public List<Integer> run(int count) {
      List<Integer> order = new ArrayList<>();
      List<Promise<Void>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        all.add(Workflow.newTimer(Duration.ofDays(1)).thenApply(nothing -> {
          order.add(number);
          return null;
        }));
      }
      Promise.allOf(all).get();
      return order;
    }
  }

  public static final class Updated implements Flows.Updated {
    private boolean ended;

    @Override
    public void run() {
      Workflow.await(() -> ended);
    }

    @Override
    public String rest() {
      Workflow.sleep(Duration.ofDays(1));
      ended = true;
      return "rested";
    }
  }
}
