package deepflow.agent.forward;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How batches reach a server.
///
/// @param servers of one store, in no order: [ServerChoice]
/// @param link what is spoken
/// @param tls as `link` says, opened; null for none
/// @param about who the agent is, for people: a JSON object as in HELLO
/// @param windowBytes of batches that may be sent without an acknowledgement; at least one batch is
/// @param connectTimeout until TCP's connection stands
/// @param welcomeTimeout until the server has answered HELLO
/// @param acknowledgementTimeout of silence while something is sent; the connection is then taken
///   for dead
/// @param retryMin upper bound of the first pause after a failure; it doubles with each further one
/// @param retryMax upper bound of all pauses
/// @param probeInterval between two looks whether the preferred server is there again, at least
public record ForwardConfig(
    List<ServerAddress> servers,
    LinkConfig link,
    @Nullable LinkTls tls,
    String about,
    long windowBytes,
    Duration connectTimeout,
    Duration welcomeTimeout,
    Duration acknowledgementTimeout,
    Duration retryMin,
    Duration retryMax,
    Duration probeInterval) {
  private static final long WINDOW_BYTES = 32 << 20;

  public ForwardConfig {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("an agent needs a server to send to");
    }
  }

  /// What holds when nobody sets anything.
  public static ForwardConfig defaults(
      List<ServerAddress> servers, LinkConfig link, @Nullable LinkTls tls, String about) {
    return new ForwardConfig(
        servers,
        link,
        tls,
        about,
        WINDOW_BYTES,
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30));
  }
}
