package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.FIXED64;
import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.VARINT;
import static deepflow.wire.otlp.ProtobufCursor.tag;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import deepflow.wire.otlp.RequestCheck;

/// Reads one KeyValue into an [AttributeList].
final class AttributeScanner {
  private static final int KEY = tag(OtlpField.KEY_VALUE_KEY, LENGTH_DELIMITED);
  private static final int VALUE = tag(OtlpField.KEY_VALUE_VALUE, LENGTH_DELIMITED);
  private static final int STRING = tag(OtlpField.ANY_VALUE_STRING, LENGTH_DELIMITED);
  private static final int BOOLEAN = tag(OtlpField.ANY_VALUE_BOOL, VARINT);
  private static final int INTEGER = tag(OtlpField.ANY_VALUE_INT, VARINT);
  private static final int DOUBLE = tag(OtlpField.ANY_VALUE_DOUBLE, FIXED64);
  private static final int ARRAY = tag(OtlpField.ANY_VALUE_ARRAY, LENGTH_DELIMITED);
  private static final int LIST = tag(OtlpField.ANY_VALUE_KVLIST, LENGTH_DELIMITED);

  /// An element of an ArrayValue or a KeyValueList.
  private static final int ELEMENT = tag(OtlpField.ARRAY_VALUE_VALUES, LENGTH_DELIMITED);

  private static final long CANONICAL_NAN = Double.doubleToRawLongBits(Double.NaN);

  private AttributeScanner() {}

  /// Reads the KeyValue whose tag was just read.
  ///
  /// @return false when the list can't say all that the bytes say: it is full, a key or value is
  ///   missing or there twice, or there is an unknown field
  static boolean scan(ProtobufCursor cursor, AttributeList into) throws MalformedProtobufException {
    if (into.isFull()) {
      skipKeyValue(cursor, 0);
      return false;
    }
    int index = into.add();
    into.keyLength[index] = 0;
    into.setBytes(index, AttributeList.OTHER, 0, 0);
    int keys = 0;
    int values = 0;
    boolean exact = true;
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == KEY) {
        int length = cursor.readLength();
        into.keyOffset[index] = cursor.position();
        into.keyLength[index] = length;
        cursor.advance(length);
        keys++;
      } else if (tag == VALUE) {
        scanValue(cursor, into, index);
        values++;
      } else {
        cursor.skip(tag);
        exact = false;
      }
    }
    cursor.leave(outer);
    return exact && keys <= 1 && values == 1;
  }

  /// Reads the AnyValue whose tag was just read.
  static void scanValue(ProtobufCursor cursor, AttributeList into, int index)
      throws MalformedProtobufException {
    int length = cursor.readLength();
    int start = cursor.position();
    int outer = cursor.enter(length);
    if (!cursor.hasMore() || !scanWhole(cursor, into, index)) {
      while (cursor.hasMore()) {
        skipField(cursor, cursor.readTag(), 0);
      }
      into.setBytes(index, AttributeList.OTHER, start, length);
    }
    cursor.leave(outer);
  }

  /// Adds the value of an AnyValue that is an array of a single simple one.
  ///
  /// @param cursor has that AnyValue and nothing else
  /// @return whether it is one; if not, what was added last means nothing
  static boolean scanSole(ProtobufCursor cursor, AttributeList into)
      throws MalformedProtobufException {
    if (!cursor.hasMore() || cursor.readTag() != ARRAY) {
      return false;
    }
    int outer = cursor.enter(cursor.readLength());
    if (!cursor.hasMore() || cursor.readTag() != ELEMENT) {
      return false;
    }
    int index = into.add();
    scanValue(cursor, into, index);
    boolean sole = !cursor.hasMore();
    cursor.leave(outer);
    return sole && !cursor.hasMore() && into.type[index] != AttributeList.OTHER;
  }

  /// Passes over a field of an AnyValue, and makes sure that who reads it later can: what is in it
  /// is whole as well.
  private static void skipField(ProtobufCursor cursor, int tag, int depth)
      throws MalformedProtobufException {
    if (tag != ARRAY && tag != LIST) {
      cursor.skip(tag);
      return;
    }
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int inner = cursor.readTag();
      if (inner == ELEMENT && tag == ARRAY) {
        skipValue(cursor, depth + 1);
      } else if (inner == ELEMENT) {
        skipKeyValue(cursor, depth + 1);
      } else {
        cursor.skip(inner);
      }
    }
    cursor.leave(outer);
  }

  /// @param depth values that it is in
  private static void skipValue(ProtobufCursor cursor, int depth)
      throws MalformedProtobufException {
    if (depth == RequestCheck.VALUE_DEPTH_MAX) {
      throw cursor.malformed("values are nested deeper than " + depth, cursor.position());
    }
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      skipField(cursor, cursor.readTag(), depth);
    }
    cursor.leave(outer);
  }

  /// Passes over a KeyValue whose tag was just read, in the same way.
  static void skipKeyValue(ProtobufCursor cursor, int depth) throws MalformedProtobufException {
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == VALUE) {
        skipValue(cursor, depth);
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
  }

  /// Reads a value whose only field is of a simple kind.
  ///
  /// @return false unless the value is one of the four simple kinds and nothing more
  private static boolean scanWhole(ProtobufCursor cursor, AttributeList into, int index)
      throws MalformedProtobufException {
    int tag = cursor.readTag();
    if (!scanSimple(cursor, tag, into, index)) {
      skipField(cursor, tag, 0);
      return false;
    }
    // As text such a number would lose its other bits.
    boolean odd = into.type[index] == AttributeList.DOUBLE && isOddNan(into.number[index]);
    return !odd && !cursor.hasMore();
  }

  private static boolean isOddNan(long bits) {
    return bits != CANONICAL_NAN && Double.isNaN(Double.longBitsToDouble(bits));
  }

  /// Reads a field of an AnyValue whose tag was just read, if it is of a simple kind.
  ///
  /// @return false, with nothing read, when it isn't
  static boolean scanSimple(ProtobufCursor cursor, int tag, AttributeList into, int index)
      throws MalformedProtobufException {
    if (tag == STRING) {
      int length = cursor.readLength();
      into.setBytes(index, AttributeList.STRING, cursor.position(), length);
      cursor.advance(length);
    } else if (tag == INTEGER) {
      into.setNumber(index, AttributeList.INTEGER, cursor.readVarint());
    } else if (tag == BOOLEAN) {
      into.setNumber(index, AttributeList.BOOLEAN, cursor.readVarint() == 0 ? 0 : 1);
    } else if (tag == DOUBLE) {
      into.setNumber(index, AttributeList.DOUBLE, cursor.readFixed64());
    } else {
      return false;
    }
    return true;
  }
}
