package deepflow.wire.otlp;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;

/// Walks one span at the cursor and says whether it can be kept; counts those that can't.
final class SpanCheck {
  private static final int TRACE_ID = tag(OtlpField.SPAN_TRACE_ID);
  private static final int SPAN_ID = tag(OtlpField.SPAN_SPAN_ID);
  private static final int PARENT_SPAN_ID = tag(OtlpField.SPAN_PARENT_SPAN_ID);

  private final ProtobufCursor cursor;
  private int badTraceIds;
  private int badSpanIds;
  private int badParentSpanIds;
  private int tooDeep;
  private int stringIndexes;
  private int links;
  private int parts;

  private boolean traceIdIsGood;
  private boolean spanIdIsGood;
  private boolean parentSpanIdIsGood;
  private boolean valueIsTooDeep;

  SpanCheck(ProtobufCursor cursor) {
    this.cursor = cursor;
  }

  void clear() {
    badTraceIds = 0;
    badSpanIds = 0;
    badParentSpanIds = 0;
    tooDeep = 0;
    stringIndexes = 0;
    links = 0;
    parts = 0;
  }

  /// How many spans were not accepted since [#clear].
  int rejected() {
    return badTraceIds + badSpanIds + badParentSpanIds + tooDeep;
  }

  /// What the sender should know, in English; empty when there is nothing.
  String message() {
    if (stringIndexes == 0) {
      return rejectedMessage();
    }
    return rejectedMessage()
        + (rejected() == 0 ? "" : "; ")
        + "ignored: %s of key_strindex and string_value_strindex, which belong to profiles"
            .formatted(stringIndexes);
  }

  private String rejectedMessage() {
    if (rejected() == 0) {
      return "";
    }
    StringBuilder message = new StringBuilder("spans rejected: ");
    append(
        message,
        badTraceIds,
        "with a trace_id that is not 16 bytes (32 hex digits in JSON) or is all zero");
    append(
        message,
        badSpanIds,
        "with a span_id that is not 8 bytes (16 hex digits in JSON) or is all zero");
    append(message, badParentSpanIds, "with a parent_span_id that is neither empty nor 8 bytes");
    append(message, tooDeep, "with a value nested deeper than " + RequestCheck.VALUE_DEPTH_MAX);
    return message.substring(0, message.length() - 2);
  }

  private static void append(StringBuilder message, int count, String what) {
    if (count > 0) {
      message.append(count).append(' ').append(what).append(", ");
    }
  }

  /// Walks the span whose tag was just read, and goes on after it.
  boolean accepts() throws MalformedProtobufException {
    traceIdIsGood = false;
    spanIdIsGood = false;
    parentSpanIdIsGood = true;
    valueIsTooDeep = false;
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      walkField(cursor.readTag());
    }
    cursor.leave(outer);
    return judge();
  }

  private void walkField(int tag) throws MalformedProtobufException {
    if (tag == TRACE_ID) {
      traceIdIsGood = readId(16);
    } else if (tag == SPAN_ID) {
      spanIdIsGood = readId(8);
    } else if (tag == PARENT_SPAN_ID) {
      int length = cursor.readLength();
      cursor.advance(length);
      parentSpanIdIsGood = length == 8 || length == 0;
    } else {
      walkField(Shape.SPAN, tag, 0);
    }
  }

  private boolean readId(int idBytes) throws MalformedProtobufException {
    int length = cursor.readLength();
    if (length != idBytes) {
      cursor.advance(length);
      return false;
    }
    long bits = 0;
    for (int i = 0; i < idBytes; i += Long.BYTES) {
      bits |= cursor.readFixed64();
    }
    return bits != 0;
  }

  private boolean judge() {
    if (!traceIdIsGood) {
      badTraceIds++;
    } else if (!spanIdIsGood) {
      badSpanIds++;
    } else if (!parentSpanIdIsGood) {
      badParentSpanIds++;
    } else if (valueIsTooDeep) {
      tooDeep++;
    } else {
      return true;
    }
    return false;
  }

  /// Checks a field outside spans and passes over it.
  ///
  /// @throws MalformedProtobufException also when a value in it is nested too deep: there is no
  ///   span that could be dropped for it
  void skip(Shape shape, int tag) throws MalformedProtobufException {
    valueIsTooDeep = false;
    int start = cursor.position();
    walkField(shape, tag, 0);
    if (valueIsTooDeep) {
      throw cursor.malformed("value nested deeper than " + RequestCheck.VALUE_DEPTH_MAX, start);
    }
  }

  private void walkField(Shape shape, int tag, int depth) throws MalformedProtobufException {
    Shape child = shape.knows(tag, cursor) ? shape.child(ProtobufCursor.field(tag)) : null;
    if (child == null) {
      if (shape.isStringIndex(tag)) {
        stringIndexes++;
      }
      cursor.skip(tag);
    } else {
      count(shape, child);
      walkMessage(child, child == Shape.ANY_VALUE ? depth + 1 : depth);
    }
  }

  /// Counts a message of which a request may have only so many.
  private void count(Shape parent, Shape shape) throws MalformedProtobufException {
    if (shape == Shape.KEY_VALUE || shape == Shape.EVENT || parent == Shape.ARRAY_VALUE) {
      countPart();
    } else if (shape == Shape.LINK) {
      cursor.refuseAbove(RequestCheck.LINKS_MAX, ++links, "links");
    }
  }

  /// Counts an attribute, an event or an element.
  void countPart() throws MalformedProtobufException {
    cursor.refuseAbove(RequestCheck.PARTS_MAX, ++parts, "attributes, elements and events");
  }

  private void walkMessage(Shape shape, int depth) throws MalformedProtobufException {
    int outer = cursor.enter(cursor.readLength());
    if (depth > RequestCheck.VALUE_DEPTH_MAX) {
      valueIsTooDeep = true;
    } else {
      while (cursor.hasMore()) {
        walkField(shape, cursor.readTag(), depth);
      }
    }
    cursor.leave(outer);
  }

  private static int tag(int field) {
    return ProtobufCursor.tag(field, LENGTH_DELIMITED);
  }
}
