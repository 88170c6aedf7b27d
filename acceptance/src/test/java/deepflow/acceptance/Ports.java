package deepflow.acceptance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/// Ports for programs that are killed and come back on the same ones.
///
/// They lie below the range from which the kernel takes a client's ports: of that range, a port
/// that is free for a second while a program restarts could go to a client, even to one that
/// connects to itself. Each JVM has a range of its own: between the moments in which a port is
/// found free and taken, another one's test would find it, too.
final class Ports {
  private static final int COUNT = 2_000;
  private static final int LOWEST = 21_000 + (Fork.NUMBER - 1) * COUNT;
  private static final Random RANDOM = new Random();
  private static final Set<Integer> GIVEN = new HashSet<>();

  private Ports() {}

  /// A port that nobody listens on and that was not given before.
  static synchronized int free() {
    while (true) {
      int port = RANDOM.nextInt(LOWEST, LOWEST + COUNT);
      if (GIVEN.add(port) && isFree(port)) {
        return port;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
