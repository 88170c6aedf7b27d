package deepflow.agent.receive;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the receiver listens, and its limits.
///
/// @param host address to listen on; `::` is every address of the machine
/// @param ports each speaks everything: OTLP over HTTP/1.1, HTTP/2 and gRPC
/// @param bodyBytesMax largest request, as it comes and after decompression
/// @param inFlightBytesMax of all requests between first byte and answer
/// @param waitMax for room, of a request of the usual size; its body is unread until then
/// @param connectionsMax open at a time; more are closed at once
/// @param requestTimeout from a request's headers to its answer
/// @param idleTimeout of a connection without requests
/// @param stopTimeout for what is under way when the receiver stops
/// @param corsOrigins of browsers that may send; `*` is every one
/// @param eventLoops threads that do the receiving
/// @param tls null for cleartext only
public record ReceiverConfig(
    String host,
    List<ReceivePort> ports,
    int bodyBytesMax,
    long inFlightBytesMax,
    Duration waitMax,
    int connectionsMax,
    Duration requestTimeout,
    Duration idleTimeout,
    Duration stopTimeout,
    List<String> corsOrigins,
    int eventLoops,
    @Nullable ReceiverTls tls) {
  /// The least that `inFlightBytesMax` must be for the largest request: as JSON, as the protobuf of
  /// JSON, which has room for an eighth more, and with `app.host.ip`.
  public static long inFlightBytesMin(int bodyBytesMax) {
    return InFlight.bytesMaxFor(3L * bodyBytesMax + bodyBytesMax / 8 + (1 << 20));
  }

  public ReceiverConfig {
    ports = List.copyOf(ports);
    corsOrigins = List.copyOf(corsOrigins);
    if (bodyBytesMax < 1 || inFlightBytesMax < bodyBytesMax || eventLoops < 1) {
      throw new IllegalArgumentException("no request would fit: " + bodyBytesMax);
    }
  }
}
