package deepflow.server.ingester.decode;

import java.util.Arrays;

/// One span as positions in the request's bytes and as numbers. One instance is used again for
/// every span; [SpanScanner] fills it.
///
/// Offsets are indices of [#bytes]. A length of 0 means absent or empty, which OTLP can't tell
/// apart.
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

  /// The events as they came: their fields of the span, tags included, one after the other.
  final ByteScratch events = new ByteScratch();

  /// The links, likewise.
  final ByteScratch links = new ByteScratch();

  /// Fields that are unknown to us, likewise.
  final ByteScratch unknown = new ByteScratch();

  final AttributeList attributes = new AttributeList();

  private static final int EVENT_NAMES_MAX = 1 << 20;

  int eventCount;
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
    events.clear();
    links.clear();
    unknown.clear();
    attributes.clear();
    eventCount = 0;
  }

  /// Makes room for one more name; of more than a million the last one has its place.
  int addEvent() {
    if (eventCount == EVENT_NAMES_MAX) {
      return eventCount - 1;
    }
    if (eventCount == eventNameLength.length) {
      int capacity = Math.multiplyExact(eventCount, 2);
      eventNameOffset = Arrays.copyOf(eventNameOffset, capacity);
      eventNameLength = Arrays.copyOf(eventNameLength, capacity);
    }
    eventNameLength[eventCount] = 0;
    return eventCount++;
  }
}
