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

  /// Unknown fields of the span itself, tags included, one after the other.
  byte[] unknown = new byte[64];

  int unknownLength;

  final AttributeList attributes = new AttributeList();

  int events;
  long[] eventTime = new long[8];
  int[] eventNameOffset = new int[8];
  int[] eventNameLength = new int[8];
  int[] eventDroppedAttributes = new int[8];

  /// Event `i` has the attributes from `eventAttributesEnd[i - 1]` to `eventAttributesEnd[i]`.
  int[] eventAttributesEnd = new int[8];

  final AttributeList eventAttributes = new AttributeList();

  int links;
  int[] linkTraceIdOffset = new int[8];
  int[] linkTraceIdLength = new int[8];
  int[] linkSpanIdOffset = new int[8];
  int[] linkSpanIdLength = new int[8];
  int[] linkTraceStateOffset = new int[8];
  int[] linkTraceStateLength = new int[8];
  int[] linkFlags = new int[8];
  int[] linkDroppedAttributes = new int[8];
  int[] linkAttributesEnd = new int[8];
  final AttributeList linkAttributes = new AttributeList();

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
    unknownLength = 0;
    attributes.clear();
    events = 0;
    eventAttributes.clear();
    links = 0;
    linkAttributes.clear();
  }

  void addUnknown(int from, int to) {
    int count = to - from;
    if (count > unknown.length - unknownLength) {
      unknown = Arrays.copyOf(unknown, Math.max(unknown.length * 2, unknownLength + count));
    }
    System.arraycopy(bytes, from, unknown, unknownLength, count);
    unknownLength += count;
  }

  int addEvent() {
    if (events == eventTime.length) {
      int capacity = Math.multiplyExact(events, 2);
      eventTime = Arrays.copyOf(eventTime, capacity);
      eventNameOffset = Arrays.copyOf(eventNameOffset, capacity);
      eventNameLength = Arrays.copyOf(eventNameLength, capacity);
      eventDroppedAttributes = Arrays.copyOf(eventDroppedAttributes, capacity);
      eventAttributesEnd = Arrays.copyOf(eventAttributesEnd, capacity);
    }
    eventTime[events] = 0;
    eventNameLength[events] = 0;
    eventDroppedAttributes[events] = 0;
    return events++;
  }

  int addLink() {
    if (links == linkFlags.length) {
      growLinks(Math.multiplyExact(links, 2));
    }
    linkTraceIdLength[links] = 0;
    linkSpanIdLength[links] = 0;
    linkTraceStateLength[links] = 0;
    linkFlags[links] = 0;
    linkDroppedAttributes[links] = 0;
    return links++;
  }

  private void growLinks(int capacity) {
    linkTraceIdOffset = Arrays.copyOf(linkTraceIdOffset, capacity);
    linkTraceIdLength = Arrays.copyOf(linkTraceIdLength, capacity);
    linkSpanIdOffset = Arrays.copyOf(linkSpanIdOffset, capacity);
    linkSpanIdLength = Arrays.copyOf(linkSpanIdLength, capacity);
    linkTraceStateOffset = Arrays.copyOf(linkTraceStateOffset, capacity);
    linkTraceStateLength = Arrays.copyOf(linkTraceStateLength, capacity);
    linkFlags = Arrays.copyOf(linkFlags, capacity);
    linkDroppedAttributes = Arrays.copyOf(linkDroppedAttributes, capacity);
    linkAttributesEnd = Arrays.copyOf(linkAttributesEnd, capacity);
  }

  int eventAttributesStart(int event) {
    return event == 0 ? 0 : eventAttributesEnd[event - 1];
  }

  int linkAttributesStart(int link) {
    return link == 0 ? 0 : linkAttributesEnd[link - 1];
  }
}
