// SPDX-License-Identifier: MIT
package conformance;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The Java SDK as its users use it, on a server that skips time: SERVER WORK [CASE...]. */
public final class Conformance {
  /** No case may take longer. */
  private static final long REAL_TIME_MS = 5000;

  private static final int CACHE = 600;

  private final String server;
  private final String work;
  private final List<String> names;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private int passed;
  private int failed;
  private int skipped;

  /** What a world has to go through. */
  interface Case {
    void run(World world) throws Exception;
  }

  private Conformance(String server, String work, List<String> names) {
    this.server = server;
    this.work = work;
    this.names = names;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 2) {
      System.err.println("usage: Conformance SERVER WORK [CASE...]");
      System.exit(2);
    }
    var all = new Conformance(arguments[0], arguments[1], List.of(arguments).subList(2, arguments.length));
    all.together("cached", Features.ALL, CACHE);
    all.together("uncached", Features.ALL, 0);
    for (var one : Locks.ALL.entrySet()) {
      all.together("", new LinkedHashMap<>(Map.of(one.getKey(), one.getValue())), CACHE);
    }
    for (var one : Locks.UNLOCKED.entrySet()) {
      all.together("", new LinkedHashMap<>(Map.of(one.getKey(), one.getValue())), CACHE, "--enable-time-skipping");
    }
    System.out.printf("%d passed, %d failed, %d skipped%n", all.passed, all.failed, all.skipped);
    System.exit(all.failed > 0 ? 1 : 0);
  }

  /** Runs cases on one server, one after the other. */
  private void together(String mode, Map<String, Case> cases, int cacheSize, String... arguments) throws Exception {
    var wanted = new LinkedHashMap<>(cases);
    if (!names.isEmpty()) {
      wanted.keySet().retainAll(names);
    }
    if (wanted.isEmpty()) {
      return;
    }
    var name = mode.isEmpty() ? wanted.keySet().iterator().next() : mode;
    try (var on = new Server(server, work, "java-" + name, arguments);
        var world = new World(on.address, "queue-" + name, cacheSize)) {
      wanted.forEach((key, one) -> tell(mode.isEmpty() ? key : mode + "_" + key, tryOne(world, one)));
    } catch (IOException | RuntimeException e) {
      tell(name, e);
    }
  }

  /** Within real time; then what it began is replayed and ended. */
  private Throwable tryOne(World world, Case one) {
    var running = threads.submit(() -> {
      one.run(world);
      world.replay();
      return null;
    });
    try {
      running.get(REAL_TIME_MS, TimeUnit.MILLISECONDS);
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (TimeoutException e) {
      running.cancel(true);
      return new World.Wrong("it took more than " + REAL_TIME_MS + " ms of real time");
    } catch (InterruptedException e) {
      return e;
    } finally {
      world.tidy();
    }
  }

  private void tell(String name, Throwable wrong) {
    if (wrong == null) {
      passed++;
      System.out.println("ok " + name);
    } else if (wrong instanceof World.Unserved) {
      skipped++;
      System.out.println("skipped " + name + ": " + wrong.getMessage());
    } else {
      failed++;
      System.out.println("FAILED " + name + ": " + reasons(wrong));
    }
  }

  /** Its text and those of its causes, a line of each. */
  private static String reasons(Throwable wrong) {
    return Stream.iterate(wrong, cause -> cause != null, Throwable::getCause)
        .map(cause -> cause.toString().lines().findFirst().orElse(""))
        .collect(Collectors.joining("; "));
  }
}
