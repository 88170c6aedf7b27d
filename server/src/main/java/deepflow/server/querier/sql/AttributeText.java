package deepflow.server.querier.sql;

import deepflow.server.querier.JsonOutput;
import deepflow.wire.otlp.MalformedProtobufException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import tools.jackson.core.JsonGenerator;

/// The text that an answer has of a sender's attributes. The engine gives what is no text, number
/// or truth as a byte that no text in UTF-8 has and the hexadecimal digits of the serialized
/// AnyValue (`l7_flow_log.tags`): a value's type then goes along wherever it is grouped, sorted or
/// picked.
final class AttributeText {

  private static final byte MARK = (byte) 0xFF;

  private final byte[] given;
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();

  private AttributeText(byte[] given) {
    this.given = given;
  }

  /// Of one attribute.
  static String of(byte[] given) {
    if (given.length == 0 || given[0] != MARK || endOfDigits(given, 1) < given.length) {
      return new String(given, StandardCharsets.UTF_8);
    }
    String json = json(given, 1, given.length);
    // Bytes are a text like others when they stand alone.
    return json.startsWith("\"") ? json.substring(1, json.length() - 1) : json;
  }

  /// Of all of them, a JSON object of texts.
  static String ofAll(byte[] given) {
    return new AttributeText(given).all();
  }

  private String all() {
    int at = 0;
    for (int i = 0; i < given.length; i++) {
      if (given[i] == MARK) {
        text.write(given, at, i - at);
        at = endOfDigits(given, i + 1);
        text.writeBytes(quoted(of(Arrays.copyOfRange(given, i, at))));
      }
    }
    text.write(given, at, given.length - at);
    return text.toString(StandardCharsets.UTF_8);
  }

  /// As it stands in a JSON string, without the quotes.
  private static byte[] quoted(String value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonOutput.generator(out)) {
      json.writeString(value);
    }
    return Arrays.copyOfRange(out.toByteArray(), 1, out.size() - 1);
  }

  private static int endOfDigits(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length && HexFormat.isHexDigit(bytes[at])) {
      at++;
    }
    return at;
  }

  private static String json(byte[] bytes, int from, int to) {
    String digits = new String(bytes, from, to - from, StandardCharsets.US_ASCII);
    try {
      return AnyValueJson.of(HexFormat.of().parseHex(digits));
    } catch (MalformedProtobufException | IllegalArgumentException _) {
      return "{\"malformed\":\"%s\"}".formatted(digits);
    }
  }
}
