package deepflow.server.storage;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;

/// Walks a span's links as table `spans` has them: the serialized fields 13, one after the other. A
/// link without valid ids names no span and is passed over.
final class SpanLinks {
  static final int TRACE_ID_BYTES = 16;
  static final int SPAN_ID_BYTES = 8;

  private static final int LINK =
      ProtobufCursor.tag(OtlpField.SPAN_LINKS, ProtobufCursor.LENGTH_DELIMITED);
  private static final int TRACE_ID =
      ProtobufCursor.tag(OtlpField.LINK_TRACE_ID, ProtobufCursor.LENGTH_DELIMITED);
  private static final int SPAN_ID =
      ProtobufCursor.tag(OtlpField.LINK_SPAN_ID, ProtobufCursor.LENGTH_DELIMITED);
  private static final int NONE = -1;

  private final ProtobufCursor cursor = new ProtobufCursor();
  private int traceAt;
  private int spanAt;

  /// Stands before the first link.
  void reset(byte[] links, int length) {
    cursor.reset(links, 0, length);
  }

  /// Goes to the next link that names a span.
  boolean next() {
    try {
      while (cursor.hasMore()) {
        int tag = cursor.readTag();
        if (tag != LINK) {
          cursor.skip(tag);
        } else if (readLink()) {
          return true;
        }
      }
      return false;
    } catch (MalformedProtobufException e) {
      throw new IllegalStateException("links of a stored span are malformed", e);
    }
  }

  private boolean readLink() throws MalformedProtobufException {
    traceAt = NONE;
    spanAt = NONE;
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == TRACE_ID) {
        traceAt = readId(TRACE_ID_BYTES);
      } else if (tag == SPAN_ID) {
        spanAt = readId(SPAN_ID_BYTES);
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
    return traceAt != NONE && spanAt != NONE;
  }

  /// Where the id lies; -1 when it has another length.
  private int readId(int bytes) throws MalformedProtobufException {
    int length = cursor.readLength();
    int at = cursor.position();
    cursor.advance(length);
    return length == bytes ? at : NONE;
  }

  /// Holds the ids.
  byte[] bytes() {
    return cursor.bytes();
  }

  /// Where in [#bytes] the trace id of the link begins.
  int traceAt() {
    return traceAt;
  }

  /// Where in [#bytes] the span id of the link begins.
  int spanAt() {
    return spanAt;
  }
}
