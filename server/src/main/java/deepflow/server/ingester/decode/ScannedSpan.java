package deepflow.server.ingester.decode;

import java.util.Arrays;

/// One span as positions in the request's bytes and as numbers. One instance is used again for every
/// span; [SpanScanner] fills it.
///
/// Offsets are indices of [#bytes]. A length of 0 means absent or empty, which OTLP can't tell apart.
final class ScannedSpan {
  byte[] bytes = {};
  int offset;
  int length;

  int traceId;
  int spanId;

  /// Offset of the parent's id; -1 is a root.
  int parentSpanId;

  int traceStateOffset;
  int traceStateLength;
  int nameOffset;
  int nameLength;
  int kind;
  int flags;
  long startTime;
  long endTime;
  boolean hasStatus;
  int statusCode;
  int statusMessageOffset;
  int statusMessageLength;
  int droppedAttributes;
  int droppedEvents;
  int droppedLinks;

  /// Whether some field of the span is there that no column can hold exactly.
  boolean inexact;

  /// Events, links and unknown fields as they came, tags included, one after the other.
  byte[] rest = new byte[1024];

  int restLength;

  final AttributeList attributes = new AttributeList();

  int events;
  int[] eventNameOffset = new int[8];
  int[] eventNameLength = new int[8];

  void reset(byte[] source, int from, int count) {
    bytes = source;
    offset = from;
    length = count;
    traceId = -1;
    spanId = -1;
    parentSpanId = -1;
    traceStateLength = 0;
    nameLength = 0;
    kind = 0;
    flags = 0;
    startTime = 0;
    endTime = 0;
    hasStatus = false;
    statusCode = 0;
    statusMessageLength = 0;
    droppedAttributes = 0;
    droppedEvents = 0;
    droppedLinks = 0;
    inexact = false;
    restLength = 0;
    attributes.clear();
    events = 0;
  }

  void addRest(int from, int to) {
    int count = to - from;
    if (count > rest.length - restLength) {
      rest = Arrays.copyOf(rest, Math.max(rest.length * 2, restLength + count));
    }
    System.arraycopy(bytes, from, rest, restLength, count);
    restLength += count;
  }

  int addEvent() {
    if (events == eventNameLength.length) {
      int capacity = Math.multiplyExact(events, 2);
      eventNameOffset = Arrays.copyOf(eventNameOffset, capacity);
      eventNameLength = Arrays.copyOf(eventNameLength, capacity);
    }
    eventNameLength[events] = 0;
    return events++;
  }
}
