package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.clickhouse.MapValue;
import deepflow.clickhouse.Rows;
import deepflow.wire.otlp.OtlpField;
import org.jspecify.annotations.Nullable;

/// Makes the serialized OTLP span of a row of table `spans`.
final class SpanRow {
  /// What must be selected, in this order.
  static final String COLUMNS =
      "trace_id, span_id, trace_state, parent_span_id, name, kind, start_time, duration,"
          + " attributes, attribute_types, dropped_attributes_count, events, dropped_events_count,"
          + " links, dropped_links_count, has_status, status_message, status_code, flags,"
          + " unknown_fields, resource_id, scope_id";

  static final int RESOURCE_ID = 20;
  static final int SCOPE_ID = 21;

  /// How many columns that are.
  static final int COUNT = 22;

  private static final int UNKNOWN_FIELDS = 19;

  private final ProtobufWriter span = new ProtobufWriter();
  private final ProtobufWriter keyValue = new ProtobufWriter();
  private final ProtobufWriter value = new ProtobufWriter();

  /// The span of the row that `rows` is at.
  byte[] toOtlp(Rows rows) {
    byte[] unknown = rows.getBytes(UNKNOWN_FIELDS);
    span.clear();
    if (unknown.length > 0 && unknown[0] == SpanBlock.WHOLE_SPAN) {
      span.raw(unknown, 1, unknown.length - 1);
      return span.toByteArray();
    }
    writeIdentity(rows);
    writeAttributes(rows);
    writeEventsAndLinks(rows);
    writeStatus(rows);
    span.optionalFixed32(OtlpField.SPAN_FLAGS, (int) rows.getLong(18));
    if (unknown.length > 0) {
      span.raw(unknown, 1, unknown.length - 1);
    }
    return span.toByteArray();
  }

  private void writeIdentity(Rows rows) {
    long start = rows.getLong(6);
    span.bytes(OtlpField.SPAN_TRACE_ID, rows.getBytes(0));
    span.bytes(OtlpField.SPAN_SPAN_ID, rows.getBytes(1));
    span.optional(OtlpField.SPAN_TRACE_STATE, rows.getBytes(2));
    byte[] parent = rows.getBytes(3);
    if (!isZero(parent)) {
      span.bytes(OtlpField.SPAN_PARENT_SPAN_ID, parent);
    }
    span.optional(OtlpField.SPAN_NAME, rows.getBytes(4));
    span.optionalVarint(OtlpField.SPAN_KIND, rows.getLong(5));
    span.optionalFixed64(OtlpField.SPAN_START_TIME_UNIX_NANO, start);
    span.optionalFixed64(OtlpField.SPAN_END_TIME_UNIX_NANO, start + rows.getLong(7));
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private void writeAttributes(Rows rows) {
    if (rows.get(8) instanceof MapValue attributes) {
      byte[] types = rows.getBytes(9);
      for (int i = 0; i < attributes.size(); i++) {
        byte[] text = bytes(attributes.values().get(i));
        writeValue(types.length == 0 ? 's' : types[i], text);
        keyValue.clear();
        keyValue.optional(OtlpField.KEY_VALUE_KEY, bytes(attributes.keys().get(i)));
        keyValue.message(OtlpField.KEY_VALUE_VALUE, value);
        span.message(OtlpField.SPAN_ATTRIBUTES, keyValue);
      }
    }
    span.optionalVarint(OtlpField.SPAN_DROPPED_ATTRIBUTES_COUNT, rows.getLong(10));
  }

  private static byte[] bytes(@Nullable Object text) {
    return switch (text) {
      case byte[] raw -> raw;
      case null -> new byte[0];
      default -> text.toString().getBytes(UTF_8);
    };
  }

  private void writeValue(int type, byte[] text) {
    value.clear();
    switch (type) {
      case 's' -> value.bytes(OtlpField.ANY_VALUE_STRING, text);
      case 'i' -> value.varintField(OtlpField.ANY_VALUE_INT, Long.parseLong(ascii(text)));
      case 'b' -> value.varintField(OtlpField.ANY_VALUE_BOOL, ascii(text).equals("true") ? 1 : 0);
      case 'd' ->
          value.fixed64(
              OtlpField.ANY_VALUE_DOUBLE,
              Double.doubleToRawLongBits(Double.parseDouble(ascii(text))));
      case 'o' -> value.raw(text, 0, text.length);
      default -> throw new IllegalStateException("attribute of type " + type);
    }
  }

  private static String ascii(byte[] text) {
    return new String(text, UTF_8);
  }

  private void writeEventsAndLinks(Rows rows) {
    byte[] events = rows.getBytes(11);
    byte[] links = rows.getBytes(13);
    span.raw(events, 0, events.length);
    span.optionalVarint(OtlpField.SPAN_DROPPED_EVENTS_COUNT, rows.getLong(12));
    span.raw(links, 0, links.length);
    span.optionalVarint(OtlpField.SPAN_DROPPED_LINKS_COUNT, rows.getLong(14));
  }

  private void writeStatus(Rows rows) {
    if (rows.getLong(15) != 0) {
      value.clear();
      value.optional(OtlpField.STATUS_MESSAGE, rows.getBytes(16));
      value.optionalVarint(OtlpField.STATUS_CODE, rows.getLong(17));
      span.message(OtlpField.SPAN_STATUS, value);
    }
  }
}
