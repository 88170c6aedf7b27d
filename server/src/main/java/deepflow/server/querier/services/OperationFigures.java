package deepflow.server.querier.services;

import java.math.BigInteger;

/// What the spans of one name and kind did in a range of time.
///
/// @param kind as OTLP calls it, without the prefix; the number of one that OTLP doesn't define
/// @param requests all of the spans
/// @param totalNanos sum of their durations
record OperationFigures(String name, String kind, Requests requests, BigInteger totalNanos) {

  /// A span's kind by its number in OTLP.
  static String kind(long number) {
    return switch ((int) number) {
      case 0 -> "UNSPECIFIED";
      case 1 -> "INTERNAL";
      case 2 -> "SERVER";
      case 3 -> "CLIENT";
      case 4 -> "PRODUCER";
      case 5 -> "CONSUMER";
      default -> Long.toString(number);
    };
  }
}
