// SPDX-License-Identifier: MIT
package conformance;

import static conformance.World.DAY;
import static conformance.World.about;
import static conformance.World.expect;

import io.temporal.api.enums.v1.TaskQueueKind;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowQueryException;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TimeoutFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** On one server, with the SDK's cache and without it. */
final class Features {
  static final Map<String, Conformance.Case> ALL = new LinkedHashMap<>();

  static {
    ALL.put("retries_with_back_offs", Features::retriesWithBackOffs);
    ALL.put("month_of_timers", Features::monthOfTimers);
    ALL.put("hundred_days", Features::hundredDays);
    ALL.put("equal_timers", Features::equalTimers);
    ALL.put("signals", Features::signals);
    ALL.put("signal_after_sleep", Features::signalAfterSleep);
    ALL.put("queries", Features::queries);
    ALL.put("update_awaited", Features::updateAwaited);
    ALL.put("cancel_workflow", Features::cancelWorkflow);
    ALL.put("cancel_activity", Features::cancelActivity);
    ALL.put("continue_as_new", Features::continueAsNew);
    ALL.put("heartbeats", Features::heartbeats);
    ALL.put("heartbeat_timeout", Features::heartbeatTimeout);
    ALL.put("schedule_to_start_timeout", Features::scheduleToStartTimeout);
    ALL.put("run_timeout", Features::runTimeout);
    ALL.put("activity_sleeps", Features::activitySleeps);
    ALL.put("skipping_off", Features::skippingOff);
    ALL.put("manual_sleep", Features::manualSleep);
    ALL.put("several_workers", Features::severalWorkers);
    ALL.put("results_at_once", Features::resultsAtOnce);
    ALL.put("futures_at_once", Features::futuresAtOnce);
    ALL.put("several_clients", Features::severalClients);
    ALL.put("sticky_queue", Features::stickyQueue);
    ALL.put("readme_snippet", Features::readmeSnippet);
  }

  private Features() {}

  private static Duration seconds(WorkflowStub run) {
    return Duration.ofSeconds(run.getResult(Long.class));
  }

  /** A run whose result says how long it took, on the workflow's clock and on the server's. */
  private static void takes(World world, Duration expected, String name, Object... arguments) {
    var passed = world.passes(() -> about("by its own clock, it", seconds(world.start(name, arguments)), expected));
    about("by the server's clock, it", passed, expected);
  }

  private static void retriesWithBackOffs(World world) {
    takes(world, Duration.ofMinutes(31), "Retries");
  }

  private static void monthOfTimers(World world) {
    takes(world, Duration.ofDays(30), "Timers", 30, DAY.toSeconds());
  }

  private static void hundredDays(World world) {
    takes(world, Duration.ofDays(100), "Timers", 1, Duration.ofDays(100).toSeconds());
  }

  private static void equalTimers(World world) {
    var order = world.start("EqualTimers", 8).getResult(List.class);
    expect(order.equals(List.of(0, 1, 2, 3, 4, 5, 6, 7)), "they fired in the order %s", order);
  }

  private static void signals(World world) {
    var run = world.start("Mailbox");
    for (String word : List.of("one", "two", "three")) {
      run.signal("add", word);
    }
    run.signal("end");
    var got = run.getResult(List.class);
    expect(got.equals(List.of("one", "two", "three")), "got %s", got);
  }

  /** The clock stands where the sleep ended while the client signals: no run timeout comes first. */
  private static void signalAfterSleep(World world) {
    var run = world.start(DAY.multipliedBy(10), "Patient");
    for (int i = 0; i < 3; i++) {
      about("a day", world.passes(() -> world.peer.skipping().sleep(DAY)), DAY);
    }
    run.signal("go");
    expect(run.getResult(Boolean.class), "the signal did not come");
  }

  private static void queries(World world) {
    var run = world.start("Mailbox");
    run.signal("add", "one");
    var open = run.query("got", List.class);
    expect(open.equals(List.of("one")), "open, it has %s", open);
    run.signal("end");
    run.getResult(List.class);
    var closed = run.query("got", List.class);
    expect(closed.equals(List.of("one")), "closed, it has %s", closed);
    try {
      run.query("nothing", String.class);
      expect(false, "an unknown query has an answer");
    } catch (WorkflowQueryException e) {
      expect(e.getMessage() != null, "an unknown query fails without a word");
    }
  }

  private static void updateAwaited(World world) {
    var run = world.start("Updated");
    world.peer.skipping().unlock();
    try {
      World.served(() -> {
        var passed = world.passes(() -> expect("rested".equals(run.update("rest", String.class)), "no rest"));
        about("an update that takes a day", passed, DAY);
      });
    } finally {
      world.peer.skipping().lock();
    }
  }

  private static void cancelWorkflow(World world) {
    var run = world.start("Waits");
    world.peer.skipping().sleep(DAY);
    var passed = world.passes(() -> {
      run.cancel();
      var failure = failureOf(run);
      expect(failure.getCause() instanceof CanceledFailure, "canceled, it ended with %s", failure.getCause());
    });
    about("cancellation", passed, Duration.ZERO);
  }

  private static Throwable failureOf(WorkflowStub run) {
    try {
      run.getResult(Object.class);
    } catch (WorkflowFailedException e) {
      return e;
    }
    throw new World.Wrong("it completed");
  }

  private static void ended(String how, String expected) {
    expect(expected.equals(how), "it ended by %s", how);
  }

  private static void cancelActivity(World world) {
    var run = world.start("StopsActivity", "Beat", new Flows.Limits(null, 1, 60, 0, 1));
    world.untilAtWork(run.getExecution());
    run.signal("stop");
    ended(run.getResult(String.class), "canceled");
  }

  private static void continueAsNew(World world) {
    var run = world.start("Chain", 5, 0);
    var first = run.getExecution();
    var passed = world.passes(() -> about("five runs", seconds(run), DAY.multipliedBy(5)));
    about("five runs on the server", passed, DAY.multipliedBy(5));
    var status = world.status(first);
    expect(status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW, "the first run is %s", status);
    var last = world.describe(first.toBuilder().clearRunId().build()).getWorkflowExecutionInfo().getExecution();
    expect(!last.getRunId().equals(first.getRunId()), "there is one run");
    world.alsoReplay(last);
  }

  private static String oneActivity(World world, String activity, Flows.Limits limits, Object argument) {
    return world.start("OneActivity", activity, limits, argument).getResult(String.class);
  }

  private static void heartbeats(World world) {
    ended(oneActivity(world, "Resume", new Flows.Limits(null, 2, 60, 0, 10), null), "42");
  }

  /** The worker's work goes in real time: so does the wait for it. */
  private static void heartbeatTimeout(World world) {
    var limits = new Flows.Limits(null, 1, DAY.toSeconds(), 0, 1);
    var passed = world.passes(() -> ended(oneActivity(world, "Hang", limits, null), "TIMEOUT_TYPE_HEARTBEAT"));
    about("its timeout", passed, Duration.ofSeconds(1));
  }

  private static void scheduleToStartTimeout(World world) {
    var limits = new Flows.Limits("nobody", 1, DAY.toSeconds(), 1, 0);
    ended(oneActivity(world, "Greet", limits, "nobody"), "TIMEOUT_TYPE_SCHEDULE_TO_START");
  }

  /** A client that sleeps asks for it; no result that is awaited does. */
  private static void runTimeout(World world) {
    var run = world.start(DAY.multipliedBy(10), "Mailbox");
    about("eleven days", world.passes(() -> world.peer.skipping().sleep(DAY.multipliedBy(11))), DAY.multipliedBy(11));
    var failure = failureOf(run);
    expect(failure.getCause() instanceof TimeoutFailure, "after its timeout: %s", failure.getCause());
  }

  /** It has an hour, and sleeps for two on the server. */
  private static void activitySleeps(World world) {
    var limits = new Flows.Limits(null, 1, Duration.ofHours(1).toSeconds(), 0, 0);
    ended(oneActivity(world, "SleepOnServer", limits, 2), "TIMEOUT_TYPE_START_TO_CLOSE");
    world.skips();
  }

  private static void skippingOff(World world) {
    world.peer.skipping().lock();
    long start = System.nanoTime();
    takes(world, Duration.ofSeconds(1), "Timers", 1, 1);
    world.peer.skipping().unlock();
    long took = (System.nanoTime() - start) / 1_000_000;
    expect(took > 900, "a second took %s ms", took);
    world.skips();
  }

  private static void manualSleep(World world) {
    var run = world.start("Timers", 3, DAY.toSeconds());
    var span = Duration.ofHours(49);
    about("two days", world.passes(() -> world.peer.skipping().sleep(span)), span);
    int done = run.query("done", Integer.class);
    expect(done == 2, "after two days it had %s", done);
    about("the third", world.passes(() -> run.getResult(Long.class)), Duration.ofHours(23));
  }

  private static void severalWorkers(World world) {
    var queues = List.of(world.queue + "-2", world.queue, world.queue + "-3", world.queue + "-2");
    var at = world.start("Queues", queues).getResult(List.class);
    expect(at.equals(queues), "they were at %s", at);
  }

  private static List<WorkflowStub> several(World world, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> world.start("Timers", i, DAY.toSeconds())).toList();
  }

  private static void all(List<CompletableFuture<Long>> futures) {
    try {
      CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).get();
    } catch (InterruptedException | ExecutionException e) {
      throw new World.Wrong("awaited at once: " + e);
    }
  }

  /** Each thread unlocks and locks. */
  private static void resultsAtOnce(World world) {
    var threads = Executors.newFixedThreadPool(8);
    var passed = world.passes(() -> all(several(world, 8).stream()
        .map(run -> CompletableFuture.supplyAsync(() -> run.getResult(Long.class), threads))
        .toList()));
    threads.shutdownNow();
    about("eight at once", passed, DAY.multipliedBy(8));
    world.holds();
  }

  private static void futuresAtOnce(World world) {
    var passed = world.passes(() ->
        all(several(world, 8).stream().map(run -> run.getResultAsync(Long.class)).toList()));
    about("eight at once", passed, DAY.multipliedBy(8));
    world.holds();
  }

  /** Each connection unlocks and locks. */
  private static void severalClients(World world) {
    List<World.Peer> peers = new ArrayList<>();
    try {
      var runs = several(world, 3);
      runs.forEach(run -> peers.add(World.Peer.at(world.address, true)));
      var passed = world.passes(() -> all(IntStream.range(0, 3).mapToObj(i -> {
        var execution = runs.get(i).getExecution();
        return peers.get(i).client().newUntypedWorkflowStub(execution.getWorkflowId()).getResultAsync(Long.class);
      }).toList()));
      about("three at once", passed, DAY.multipliedBy(3));
    } finally {
      peers.forEach(World.Peer::close);
    }
    world.holds();
  }

  /** Only a worker with a cache gets a run's tasks on a queue of its own. */
  private static void stickyQueue(World world) {
    var run = world.start("Timers", 2, DAY.toSeconds());
    run.getResult(Long.class);
    var history = world.peer.client().fetchHistory(run.getExecution().getWorkflowId());
    long sticky = history.getEvents().stream()
        .filter(event -> event.getWorkflowTaskScheduledEventAttributes().getTaskQueue().getKind()
            == TaskQueueKind.TASK_QUEUE_KIND_STICKY)
        .count();
    expect(sticky == (world.isCached ? 2 : 0), "%s tasks were on a sticky queue", sticky);
  }

  private static void readmeSnippet(World world) {
    var passed = world.passes(() -> {
      var text = ReadmeSnippet.greet(world.address);
      expect("Hello, Ada".equals(text), "it says %s", text);
    });
    about("a month", passed, Duration.ofDays(30));
  }
}
