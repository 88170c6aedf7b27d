package deepflow.ctl.conformance;

import java.time.Duration;
import java.util.Map;

/// How the suite goes about it.
///
/// @param timeout for one request
/// @param sizes requests about as large as the server takes, by its own word
/// @param headers sent with each request, such as a token
/// @param insecureTls takes any certificate
/// @param seed of trace and span ids
record Options(
    Duration timeout,
    SizedRequests sizes,
    Map<String, String> headers,
    boolean insecureTls,
    long seed) {
  /// OTLP's recommendation.
  static final int LIMIT_BYTES = 64 << 20;

  static final int LIMIT_BYTES_MIN = 64 << 10;
  static final int LIMIT_BYTES_MAX = 512 << 20;

  Options {
    headers = Map.copyOf(headers);
  }
}
