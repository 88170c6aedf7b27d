package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.FIXED32;
import static deepflow.wire.otlp.ProtobufCursor.FIXED64;
import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.VARINT;
import static deepflow.wire.otlp.ProtobufCursor.tag;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import org.jspecify.annotations.Nullable;

/// Reads one serialized Span into a [ScannedSpan], without copying a byte of it.
final class SpanScanner {
  private static final int TRACE_ID_BYTES = 16;
  private static final int SPAN_ID_BYTES = 8;

  private static final int TRACE_ID = tag(OtlpField.SPAN_TRACE_ID, LENGTH_DELIMITED);
  private static final int SPAN_ID = tag(OtlpField.SPAN_SPAN_ID, LENGTH_DELIMITED);
  private static final int TRACE_STATE = tag(OtlpField.SPAN_TRACE_STATE, LENGTH_DELIMITED);
  private static final int PARENT_SPAN_ID = tag(OtlpField.SPAN_PARENT_SPAN_ID, LENGTH_DELIMITED);
  private static final int NAME = tag(OtlpField.SPAN_NAME, LENGTH_DELIMITED);
  private static final int KIND = tag(OtlpField.SPAN_KIND, VARINT);
  private static final int START_TIME = tag(OtlpField.SPAN_START_TIME_UNIX_NANO, FIXED64);
  private static final int END_TIME = tag(OtlpField.SPAN_END_TIME_UNIX_NANO, FIXED64);
  private static final int ATTRIBUTES = tag(OtlpField.SPAN_ATTRIBUTES, LENGTH_DELIMITED);
  private static final int DROPPED_ATTRIBUTES =
      tag(OtlpField.SPAN_DROPPED_ATTRIBUTES_COUNT, VARINT);
  private static final int EVENTS = tag(OtlpField.SPAN_EVENTS, LENGTH_DELIMITED);
  private static final int DROPPED_EVENTS = tag(OtlpField.SPAN_DROPPED_EVENTS_COUNT, VARINT);
  private static final int LINKS = tag(OtlpField.SPAN_LINKS, LENGTH_DELIMITED);
  private static final int DROPPED_LINKS = tag(OtlpField.SPAN_DROPPED_LINKS_COUNT, VARINT);
  private static final int STATUS = tag(OtlpField.SPAN_STATUS, LENGTH_DELIMITED);
  private static final int FLAGS = tag(OtlpField.SPAN_FLAGS, FIXED32);

  private static final int EVENT_NAME = tag(OtlpField.EVENT_NAME, LENGTH_DELIMITED);
  private static final int EVENT_ATTRIBUTES = tag(OtlpField.EVENT_ATTRIBUTES, LENGTH_DELIMITED);
  private static final int LINK_ATTRIBUTES = tag(OtlpField.LINK_ATTRIBUTES, LENGTH_DELIMITED);

  private static final int STATUS_MESSAGE = tag(OtlpField.STATUS_MESSAGE, LENGTH_DELIMITED);
  private static final int STATUS_CODE = tag(OtlpField.STATUS_CODE, VARINT);

  private final ProtobufCursor cursor = new ProtobufCursor();
  private final ScannedSpan span;
  private boolean traceIdIsGood;
  private boolean spanIdIsGood;
  private boolean parentSpanIdIsGood;

  SpanScanner(ScannedSpan span) {
    this.span = span;
  }

  /// Reads a span.
  ///
  /// @return null when the span can be stored, else why it can't
  @Nullable SpanRefusal scan(byte[] bytes, int offset, int length) {
    span.reset(bytes, offset, length);
    cursor.reset(bytes, offset, length);
    try {
      return scanSpan();
    } catch (MalformedProtobufException _) {
      return SpanRefusal.MALFORMED;
    }
  }

  private @Nullable SpanRefusal scanSpan() throws MalformedProtobufException {
    traceIdIsGood = false;
    spanIdIsGood = false;
    parentSpanIdIsGood = true;
    while (cursor.hasMore()) {
      int start = cursor.position();
      int tag = cursor.readTag();
      if (tag == ATTRIBUTES) {
        span.inexact |= !AttributeScanner.scan(cursor, span.attributes);
      } else if (tag == TRACE_ID || tag == SPAN_ID || tag == PARENT_SPAN_ID) {
        scanId(tag);
      } else if (tag == STATUS) {
        scanStatus();
      } else if (!scanScalar(tag)) {
        scanRest(tag, start);
      }
    }
    return judge();
  }

  /// Of an id that is there more than once the last one counts, as for the agent that let it pass.
  private @Nullable SpanRefusal judge() {
    if (!traceIdIsGood) {
      return SpanRefusal.TRACE_ID;
    }
    if (!spanIdIsGood) {
      return SpanRefusal.SPAN_ID;
    }
    return parentSpanIdIsGood ? null : SpanRefusal.PARENT_SPAN_ID;
  }

  private void scanId(int tag) throws MalformedProtobufException {
    int length = cursor.readLength();
    int at = cursor.position();
    cursor.advance(length);
    if (tag == TRACE_ID) {
      span.traceId = at;
      traceIdIsGood = length == TRACE_ID_BYTES && !isZero(at, length);
    } else if (tag == SPAN_ID) {
      span.spanId = at;
      spanIdIsGood = length == SPAN_ID_BYTES && !isZero(at, length);
    } else {
      boolean none = isZero(at, length);
      span.parentSpanId = none ? -1 : at;
      // A zero parent is stored like none: only the original bytes know the difference.
      span.inexact |= none && length != 0;
      parentSpanIdIsGood = length == 0 || length == SPAN_ID_BYTES;
    }
  }

  private boolean isZero(int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (cursor.bytes()[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean scanScalar(int tag) throws MalformedProtobufException {
    if (tag == NAME) {
      span.nameLength = cursor.readLength();
      span.nameOffset = skipBytes(span.nameLength);
    } else if (tag == KIND) {
      span.kind = (int) cursor.readVarint();
    } else if (tag == START_TIME) {
      span.startTime = cursor.readFixed64();
    } else if (tag == END_TIME) {
      span.endTime = cursor.readFixed64();
    } else if (tag == FLAGS) {
      span.flags = cursor.readFixed32();
    } else if (tag == TRACE_STATE) {
      span.traceStateLength = cursor.readLength();
      span.traceStateOffset = skipBytes(span.traceStateLength);
    } else if (tag == DROPPED_ATTRIBUTES) {
      span.droppedAttributes = (int) cursor.readVarint();
    } else if (tag == DROPPED_EVENTS) {
      span.droppedEvents = (int) cursor.readVarint();
    } else if (tag == DROPPED_LINKS) {
      span.droppedLinks = (int) cursor.readVarint();
    } else {
      return false;
    }
    return true;
  }

  /// An event, a link or an unknown field: kept as it came.
  private void scanRest(int tag, int start) throws MalformedProtobufException {
    if (tag == EVENTS) {
      scanEvent();
    } else if (tag == LINKS) {
      scanLink();
    } else {
      cursor.skip(tag);
    }
    ByteScratch kept = tag == EVENTS ? span.events : tag == LINKS ? span.links : span.unknown;
    kept.put(cursor.bytes(), start, cursor.position() - start);
  }

  private int skipBytes(int length) throws MalformedProtobufException {
    int at = cursor.position();
    cursor.advance(length);
    return at;
  }

  private void scanStatus() throws MalformedProtobufException {
    span.hasStatus = true;
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == STATUS_CODE) {
        span.statusCode = (int) cursor.readVarint();
      } else if (tag == STATUS_MESSAGE) {
        span.statusMessageLength = cursor.readLength();
        span.statusMessageOffset = skipBytes(span.statusMessageLength);
      } else {
        cursor.skip(tag);
        span.inexact = true;
      }
    }
    cursor.leave(outer);
  }

  private void scanEvent() throws MalformedProtobufException {
    int event = span.addEvent();
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == EVENT_NAME) {
        span.eventNameLength[event] = cursor.readLength();
        span.eventNameOffset[event] = skipBytes(span.eventNameLength[event]);
      } else if (tag == EVENT_ATTRIBUTES) {
        AttributeScanner.skipKeyValue(cursor, 0);
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
  }

  private void scanLink() throws MalformedProtobufException {
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == LINK_ATTRIBUTES) {
        AttributeScanner.skipKeyValue(cursor, 0);
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
  }
}
