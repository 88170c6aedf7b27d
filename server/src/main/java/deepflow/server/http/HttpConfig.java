package deepflow.server.http;

import java.net.InetSocketAddress;
import java.time.Duration;

/// Where and how the server listens for HTTP.
///
/// @param address port 0 lets the system choose
/// @param knownHosts names under which requests may come
/// @param requestBytesMax body of a request
/// @param requestTime from a request's first byte to its answer
/// @param idleTime after which an idle connection is closed
/// @param connectionsMax open connections
public record HttpConfig(
    InetSocketAddress address,
    KnownHosts knownHosts,
    long requestBytesMax,
    Duration requestTime,
    Duration idleTime,
    int connectionsMax) {

  /// 1 MiB, 60 s, 90 s, 1,024 connections.
  public static HttpConfig at(InetSocketAddress address, KnownHosts knownHosts) {
    return new HttpConfig(
        address, knownHosts, 1L << 20, Duration.ofSeconds(60), Duration.ofSeconds(90), 1024);
  }
}
