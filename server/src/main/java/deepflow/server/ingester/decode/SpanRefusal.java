package deepflow.server.ingester.decode;

import java.util.Locale;

/// Why a span, or a whole message, can't be stored. Each has a counter.
public enum SpanRefusal {
  /// Not 16 bytes, or all zero.
  TRACE_ID,
  /// Not 8 bytes, or all zero.
  SPAN_ID,
  /// Neither empty nor 8 bytes.
  PARENT_SPAN_ID,
  /// Not protobuf.
  MALFORMED,
  /// Beyond what one batch may have.
  TOO_MANY,
  /// Of a batch that no block can be made of; in a file.
  SET_ASIDE;

  /// The value of the metric's label.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
