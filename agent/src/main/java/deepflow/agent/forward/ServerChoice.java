package deepflow.agent.forward;

import deepflow.wire.frame.Identity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Which of several servers of one store an agent sends to. Each agent has an order of its own, by
/// rendezvous hashing of its queue's identity with the servers' addresses: stable, evenly spread,
/// and a server that comes or goes moves only its own agents. A failure leads to the next in that
/// order; from there the agent looks from time to time whether the first one takes it again. For
/// one thread.
final class ServerChoice {
  /// How often the time until the next look doubles, for a server that welcomes and then fails.
  private static final int DOUBLINGS_MAX = 5;

  private final List<ServerAddress> order;
  private final Duration probeInterval;
  private final RandomGenerator random;
  private final LongSupplier nanoClock;
  private int current;
  private int failuresAfterReturn;
  private boolean returned;
  private long probeNanos;

  ServerChoice(
      List<ServerAddress> servers,
      Identity agent,
      Duration probeInterval,
      RandomGenerator random,
      LongSupplier nanoClock) {
    order =
        servers.stream().sorted(Comparator.comparingLong(server -> weight(agent, server))).toList();
    this.probeInterval = probeInterval;
    this.random = random;
    this.nanoClock = nanoClock;
  }

  private static long weight(Identity agent, ServerAddress server) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(agent.bytes());
      byte[] hash = digest.digest(server.toString().getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  /// All servers, the preferred one first.
  List<ServerAddress> order() {
    return order;
  }

  /// The server to send to.
  ServerAddress current() {
    return order.get(current);
  }

  /// Nothing can be sent to the current server now.
  void failed() {
    if (returned) {
      returned = false;
      failuresAfterReturn = Math.min(failuresAfterReturn + 1, DOUBLINGS_MAX);
    }
    current = (current + 1) % order.size();
    scheduleProbe();
  }

  /// The current server has committed batches.
  void progressed() {
    if (current == 0) {
      returned = false;
      failuresAfterReturn = 0;
    }
  }

  /// The preferred server when it should be looked at now, because the current one is another; the
  /// next time is then set.
  @Nullable ServerAddress dueProbe() {
    if (current == 0 || nanoClock.getAsLong() - probeNanos < 0) {
      return null;
    }
    scheduleProbe();
    return order.getFirst();
  }

  /// The preferred server takes this agent: it is the current one from now on.
  void returnToPreferred() {
    current = 0;
    returned = true;
  }

  /// With jitter, so that a thousand agents don't look in one moment.
  private void scheduleProbe() {
    long interval = probeInterval.toNanos() << failuresAfterReturn;
    probeNanos = nanoClock.getAsLong() + interval + random.nextLong(interval / 2 + 1);
  }
}
