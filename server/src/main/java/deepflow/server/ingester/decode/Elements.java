package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.tag;

import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.MapColumn;
import deepflow.clickhouse.block.StringColumn;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import java.util.Arrays;
import java.util.Base64;

/// By what an attribute is found that is no simple value: the simple ones in an array or a list of
/// keys and values, however deep, and bytes, in base64 as answers show them. An empty value has
/// none.
///
/// For one thread; used again and again.
final class Elements {
  /// Takes the text of an element.
  interface Sink {
    void add(byte[] bytes, int offset, int length);
  }

  private static final int BYTES = tag(OtlpField.ANY_VALUE_BYTES, LENGTH_DELIMITED);
  private static final int ARRAY = tag(OtlpField.ANY_VALUE_ARRAY, LENGTH_DELIMITED);
  private static final int LIST = tag(OtlpField.ANY_VALUE_KVLIST, LENGTH_DELIMITED);

  /// A value of an ArrayValue, or an entry of a KeyValueList.
  private static final int ELEMENT = tag(OtlpField.ARRAY_VALUE_VALUES, LENGTH_DELIMITED);

  private static final int VALUE = tag(OtlpField.KEY_VALUE_VALUE, LENGTH_DELIMITED);

  private final ProtobufCursor cursor = new ProtobufCursor();
  private final AttributeList element = new AttributeList();
  private final Text text = new Text();
  private final ByteScratch lettered = new ByteScratch();

  Elements() {
    element.add();
  }

  /// Appends to a row the elements of one of its attributes.
  ///
  /// @param index one of type [AttributeList#OTHER]
  void append(
      byte[] bytes,
      AttributeList of,
      int index,
      MapColumn<IntColumn, StringColumn> into,
      Sink texts) {
    cursor.reset(bytes, of.valueOffset[index], of.valueLength[index]);
    try {
      appendValue(index + 1, into, texts);
    } catch (MalformedProtobufException _) {
      // The inside of a value is kept as it came: what stands before the break is found.
    }
  }

  /// Appends what is in the AnyValue that the cursor walks. How deep values can be is bounded where
  /// they come in ([deepflow.wire.otlp.RequestCheck#VALUE_DEPTH_MAX]).
  private void appendValue(int place, MapColumn<IntColumn, StringColumn> into, Sink texts)
      throws MalformedProtobufException {
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == BYTES) {
        base64();
        append(AttributeList.STRING, place, into, texts);
      } else if (tag == ARRAY) {
        appendEach(ELEMENT, () -> appendOne(place, into, texts));
      } else if (tag == LIST) {
        appendEach(ELEMENT, () -> appendEach(VALUE, () -> appendOne(place, into, texts)));
      } else if (AttributeScanner.scanSimple(cursor, tag, element, 0)) {
        text.set(cursor.bytes(), element, 0);
        append(element.type[0], place, into, texts);
      } else {
        cursor.skip(tag);
      }
    }
  }

  private interface Step {
    void run() throws MalformedProtobufException;
  }

  /// Runs a step at each field of the message whose tag was just read.
  private void appendEach(int field, Step step) throws MalformedProtobufException {
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == field) {
        step.run();
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
  }

  private void appendOne(int place, MapColumn<IntColumn, StringColumn> into, Sink texts)
      throws MalformedProtobufException {
    int outer = cursor.enter(cursor.readLength());
    appendValue(place, into, texts);
    cursor.leave(outer);
  }

  private void base64() throws MalformedProtobufException {
    int length = cursor.readLength();
    int from = cursor.position();
    cursor.advance(length);
    byte[] raw = Arrays.copyOfRange(cursor.bytes(), from, from + length);
    byte[] written = Base64.getEncoder().encode(raw);
    text.set(written, 0, written.length);
  }

  private void append(byte letter, int place, MapColumn<IntColumn, StringColumn> into, Sink texts) {
    lettered.clear();
    lettered.put(letter);
    lettered.put(text.bytes, text.offset, text.length);
    into.keys().append(place);
    into.values().append(lettered.bytes, 0, lettered.length);
    texts.add(text.bytes, text.offset, text.length);
  }
}
