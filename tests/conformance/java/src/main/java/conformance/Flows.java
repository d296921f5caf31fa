// SPDX-License-Identifier: MIT
package conformance;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** The workflows; what they do stands in FlowsDone. */
public final class Flows {
  private Flows() {}

  /** Greets after thirty days. */
  @WorkflowInterface
  public interface Greeting {
    @WorkflowMethod
    String greet(String name);
  }

  /** One timer after the other; the result, in seconds, is what the workflow's own clock says of it. */
  @WorkflowInterface
  public interface Timers {
    @WorkflowMethod
    long run(int count, long seconds);

    @QueryMethod
    int done();
  }

  /** An activity that fails five times; the result is how many seconds it took. */
  @WorkflowInterface
  public interface Retries {
    @WorkflowMethod
    long run();
  }

  /** Takes words until the end, and tells what it has. */
  @WorkflowInterface
  public interface Mailbox {
    @WorkflowMethod
    List<String> run();

    @SignalMethod
    void add(String word);

    @SignalMethod
    void end();

    @QueryMethod
    List<String> got();
  }

  /** Waits for its signal, for a year at most. */
  @WorkflowInterface
  public interface Patient {
    @WorkflowMethod
    boolean run();

    @SignalMethod
    void go();
  }

  /** Waits for a hundred days; canceled, it tidies up. */
  @WorkflowInterface
  public interface Waits {
    @WorkflowMethod
    void run();
  }

  /** Starts an activity and asks it to stop after the signal; the result is how it ended. */
  @WorkflowInterface
  public interface StopsActivity {
    @WorkflowMethod
    String run(String activity, Limits limits);

    @SignalMethod
    void stop();
  }

  /** Goes on as a new run each day; the result is how many seconds all took. */
  @WorkflowInterface
  public interface Chain {
    @WorkflowMethod
    long run(int left, long total);
  }

  /** The result is the activity's, or how it ended. */
  @WorkflowInterface
  public interface OneActivity {
    @WorkflowMethod
    String run(String activity, Limits limits, Object argument);
  }

  /** Asks an activity at each queue where it is. */
  @WorkflowInterface
  public interface Queues {
    @WorkflowMethod
    List<String> run(List<String> queues);
  }

  /** Tells in which order timers of one length fire. */
  @WorkflowInterface
  public interface EqualTimers {
    @WorkflowMethod
    List<Integer> run(int count);
  }

  /** Ends after an update that takes a day. */
  @WorkflowInterface
  public interface Updated {
    @WorkflowMethod
    void run();

    @UpdateMethod
    String rest();
  }

  /** An activity's options, in seconds; 0: none. */
  public record Limits(String queue, int attempts, long whole, long start, long heartbeat) {}
}
