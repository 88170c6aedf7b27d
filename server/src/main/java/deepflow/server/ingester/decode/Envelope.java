package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.tag;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;

/// A ResourceSpans or a ScopeSpans, which have the same form: all of it but what it envelops. Used
/// again and again.
///
/// | field | ResourceSpans | ScopeSpans |
/// |------:|---------------|------------|
/// | 1 | the Resource | the InstrumentationScope |
/// | 2 | ScopeSpans, the children | spans, the children |
/// | 3 | schema URL | schema URL |
final class Envelope {
  private static final int HEAD = tag(OtlpField.RESOURCE_SPANS_RESOURCE, LENGTH_DELIMITED);
  private static final int CHILD = tag(OtlpField.RESOURCE_SPANS_SCOPE_SPANS, LENGTH_DELIMITED);
  private static final int SCHEMA_URL = tag(OtlpField.RESOURCE_SPANS_SCHEMA_URL, LENGTH_DELIMITED);

  private final ProtobufCursor cursor = new ProtobufCursor();

  boolean hasHead;

  /// The Resource or scope; several of them one after the other, which protobuf reads as one
  /// merged.
  final ByteScratch head = new ByteScratch();

  final ByteScratch schemaUrl = new ByteScratch();

  /// Fields that are unknown to us, tags included.
  final ByteScratch unknown = new ByteScratch();

  boolean hasChildren;

  /// Where the child lies that [#nextChild] went to. There may be forty million of two bytes each,
  /// so nobody holds them all.
  int childOffset;

  int childLength;

  /// All of the above but the children, in one piece that no other content has.
  final ByteScratch key = new ByteScratch();

  /// @param mark something else that tells contents apart, 0 to 127
  void scan(byte[] bytes, int offset, int length, int mark) throws MalformedProtobufException {
    hasHead = false;
    head.clear();
    schemaUrl.clear();
    unknown.clear();
    hasChildren = false;
    cursor.reset(bytes, offset, length);
    while (cursor.hasMore()) {
      scanField(bytes);
    }
    cursor.reset(bytes, offset, length);
    key.clear();
    writeKey(key, mark << 1 | (hasHead ? 1 : 0), head.length);
  }

  private void scanField(byte[] bytes) throws MalformedProtobufException {
    int start = cursor.position();
    int tag = cursor.readTag();
    if (tag == CHILD) {
      hasChildren = true;
      cursor.advance(cursor.readLength());
    } else if (tag == HEAD) {
      int count = cursor.readLength();
      head.put(bytes, cursor.position(), count);
      hasHead = true;
      cursor.advance(count);
    } else if (tag == SCHEMA_URL) {
      int count = cursor.readLength();
      schemaUrl.clear();
      schemaUrl.put(bytes, cursor.position(), count);
      cursor.advance(count);
    } else {
      cursor.skip(tag);
      unknown.put(bytes, start, cursor.position() - start);
    }
  }

  /// Writes what tells this envelope from others, of the head only the first `headLength` bytes.
  void writeKey(ByteScratch into, int mark, int headLength) {
    into.put(mark);
    into.putInt(headLength);
    into.put(head.bytes, 0, headLength);
    into.putInt(schemaUrl.length);
    into.put(schemaUrl);
    into.put(unknown);
  }

  /// Goes to the next child, after a scan to the first one.
  ///
  /// @return whether there is one
  boolean nextChild() throws MalformedProtobufException {
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == CHILD) {
        childLength = cursor.readLength();
        childOffset = cursor.position();
        cursor.advance(childLength);
        return true;
      }
      cursor.skip(tag);
    }
    return false;
  }
}
