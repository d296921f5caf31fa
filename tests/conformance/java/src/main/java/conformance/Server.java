// SPDX-License-Identifier: MIT
package conformance;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server's process, on a port of its own. */
final class Server implements AutoCloseable {
  private static final int LONGEST_START_MS = 20_000;

  final String address;
  private final Process process;

  Server(String path, String work, String name, String... arguments) throws IOException, InterruptedException {
    int port = freePort();
    File log = Path.of(work, name + ".log").toFile();
    List<String> command = new ArrayList<>(List.of(path, String.valueOf(port)));
    command.addAll(List.of(arguments));
    address = "127.0.0.1:" + port;
    process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    for (int waited = 0; !answers(port); waited += 10) {
      if (waited > LONGEST_START_MS) {
        close();
        throw new IOException(path + " does not answer at " + address);
      }
      Thread.sleep(10);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean answers(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
