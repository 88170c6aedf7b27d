package deepflow.server.querier.sql;

import deepflow.clickhouse.ColumnType;
import deepflow.clickhouse.MapValue;
import deepflow.clickhouse.Rows;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Writes values as DeepFlow's querier does: integers of all widths as numbers, times as RFC 3339
/// with as many decimals as they have, NaN and infinity as 0 (as null where the column is
/// Nullable), bytes that are no UTF-8 with replacement characters.
///
/// Source: DeepFlow `server/querier/engine/clickhouse/client/format.go` at 2026e9d.
public final class JsonValues {

  private JsonValues() {}

  static void write(
      JsonGenerator json, Rows rows, int column, ColumnType type, Translation.Rendering rendering) {
    switch (rendering) {
      case PLAIN -> write(json, rows.get(column), type.type().startsWith("Nullable("));
      case EVENTS, ATTRIBUTE, ATTRIBUTES -> write(json, value(rows, column, rendering));
    }
  }

  /// A value as it is shown; what is made of bytes is a text.
  static @Nullable Object value(Rows rows, int column, Translation.Rendering rendering) {
    if (rendering == Translation.Rendering.PLAIN || rows.isNull(column)) {
      return rows.get(column);
    }
    byte[] bytes = rows.getBytes(column);
    return switch (rendering) {
      case PLAIN -> bytes;
      case EVENTS -> EventsJson.of(bytes);
      case ATTRIBUTE -> AttributeText.of(bytes);
      case ATTRIBUTES -> AttributeText.ofAll(bytes);
    };
  }

  /// Writes a value of a column that can be NULL.
  public static void write(JsonGenerator json, @Nullable Object value) {
    write(json, value, true);
  }

  private static void write(JsonGenerator json, @Nullable Object value, boolean nullable) {
    switch (value) {
      case null -> json.writeNull();
      case Long number -> json.writeNumber(number);
      case BigInteger number -> json.writeNumber(number);
      case BigDecimal number -> json.writeNumber(number);
      case Double number -> writeDouble(json, number, nullable);
      case Boolean truth -> json.writeBoolean(truth);
      case String text -> json.writeString(text);
      case byte[] bytes -> json.writeString(new String(bytes, StandardCharsets.UTF_8));
      case Instant time -> json.writeString(rfc3339(time));
      case InetAddress address -> json.writeString(address.getHostAddress());
      case List<?> list -> {
        json.writeStartArray();
        list.forEach(element -> write(json, element, true));
        json.writeEndArray();
      }
      case MapValue map -> {
        json.writeStartObject();
        map.toMap()
            .forEach((key, element) -> {
              json.writeName(Objects.toString(key));
              write(json, element, true);
            });
        json.writeEndObject();
      }
      default -> json.writeString(value.toString());
    }
  }

  private static void writeDouble(JsonGenerator json, double number, boolean nullable) {
    if (Double.isFinite(number)) {
      json.writeNumber(number);
    } else if (nullable) {
      json.writeNull();
    } else {
      json.writeNumber(0);
    }
  }

  /// `2026-11-23T17:07:00.1234Z`: seconds always, then decimals without trailing zeros.
  static String rfc3339(Instant time) {
    String text = time.toString(); // gives 0, 3, 6 or 9 decimals
    if (text.indexOf('.') < 0) {
      return text;
    }
    int end = text.length() - 1;
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, end) + "Z";
  }
}
