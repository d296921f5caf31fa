// SPDX-License-Identifier: MIT
package conformance;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInterface;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;

/** The activities of a world; one asks for its clock. */
@ActivityInterface
public interface Acts {
  String greet(String name);

  String queue();

  /** Fails before that attempt. */
  int succeedAt(int attempt);

  /** Beats until it is canceled. */
  void beat();

  /** Fails the first time, and then tells where it was. */
  String resume();

  /** Says nothing, whatever it is told. */
  void hang();

  /** Sleeps as a test does. */
  void sleepOnServer(long hours);

  /** What they do. */
  final class Done implements Acts {
    private final Skipping skipping;

    Done(Skipping skipping) {
      this.skipping = skipping;
    }

    @Override
    public String greet(String name) {
      return "Hello, " + name;
    }

    @Override
    public String queue() {
      return Activity.getExecutionContext().getInfo().getActivityTaskQueue();
    }

    @Override
    public int succeedAt(int attempt) {
      int now = Activity.getExecutionContext().getInfo().getAttempt();
      if (now < attempt) {
        throw ApplicationFailure.newFailure("attempt " + now, "TooEarly");
      }
      return attempt;
    }

    @Override
    public void beat() {
      while (true) {
        Activity.getExecutionContext().heartbeat(null);
        rest(50);
      }
    }

    @Override
    public String resume() {
      var context = Activity.getExecutionContext();
      var details = context.getHeartbeatDetails(Integer.class);
      if (details.isEmpty()) {
        context.heartbeat(41);
        context.heartbeat(42);
        throw ApplicationFailure.newFailure("half done", "HalfDone");
      }
      return details.get().toString();
    }

    @Override
    public void hang() {
      rest(60_000);
    }

    @Override
    public void sleepOnServer(long hours) {
      skipping.sleep(Duration.ofHours(hours));
    }

    private static void rest(long milliseconds) {
      try {
        Thread.sleep(milliseconds);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw ApplicationFailure.newFailure("the worker stops", "Stopped");
      }
    }
  }
}
