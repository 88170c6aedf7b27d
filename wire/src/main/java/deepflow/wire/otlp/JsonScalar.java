package deepflow.wire.otlp;

import deepflow.wire.otlp.JsonMessage.Field;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.HexFormat;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Writes the value at the parser as a field of protobuf. Default values are left out, as protobuf
/// does, except where their presence says something.
final class JsonScalar {
  private static final BigInteger U64_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private static final BigInteger NO_U64 = BigInteger.ONE.negate();

  /// An id of a length that no id has.
  private static final byte[] NOT_AN_ID = {0};

  private final JsonParser parser;
  private final ProtobufWriter writer;

  JsonScalar(JsonParser parser, ProtobufWriter writer) {
    this.parser = parser;
    this.writer = writer;
  }

  void write(Field field) throws MalformedJsonException {
    switch (field.kind()) {
      case TEXT -> text(field, string());
      case SPAN_ID, LINK_ID -> bytes(field, id(field));
      case BYTES -> bytes(field, base64(string()));
      case BOOL -> varint(field, bool() ? 1 : 0);
      case INT64 -> varint(field, integer(Long.MIN_VALUE, Long.MAX_VALUE));
      case UINT32 -> varint(field, integer(0, 0xFFFF_FFFFL));
      case ENUM -> varint(field, enumNumber());
      case FIXED64 -> fixed64(field, unsigned());
      case FIXED32 -> fixed32(field, (int) integer(0, 0xFFFF_FFFFL));
      case DOUBLE -> fixed64(field, Double.doubleToRawLongBits(real()));
      case MESSAGE -> throw new IllegalStateException("not a scalar: " + field);
    }
  }

  private void text(Field field, String value) {
    if (field.always() || !value.isEmpty()) {
      writer.text(field.number(), value);
    }
  }

  private void bytes(Field field, byte[] value) {
    if (field.always() || value.length > 0) {
      writer.bytes(field.number(), value);
    }
  }

  private void varint(Field field, long value) {
    if (field.always() || value != 0) {
      writer.varint(field.number(), value);
    }
  }

  private void fixed64(Field field, long value) {
    if (field.always() || value != 0) {
      writer.fixed64(field.number(), value);
    }
  }

  private void fixed32(Field field, int value) {
    if (field.always() || value != 0) {
      writer.fixed32(field.number(), value);
    }
  }

  private String string() throws MalformedJsonException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw malformed("is a string");
    }
    return parser.getString();
  }

  private boolean bool() throws MalformedJsonException {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case null, default -> throw malformed("is true or false");
    };
  }

  private byte[] id(Field field) throws MalformedJsonException {
    try {
      return HexFormat.of().parseHex(string());
    } catch (IllegalArgumentException e) {
      if (field.kind() == JsonMessage.Kind.LINK_ID) {
        throw malformed("is hexadecimal");
      }
      return NOT_AN_ID;
    }
  }

  private byte[] base64(String text) throws MalformedJsonException {
    String standard = text.replace('-', '+').replace('_', '/');
    try {
      return Base64.getDecoder().decode(standard);
    } catch (IllegalArgumentException e) {
      throw malformed("is base64");
    }
  }

  private long enumNumber() throws MalformedJsonException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      throw malformed("is a number: OTLP/JSON takes no names of enum values");
    }
    return integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private long integer(long min, long max) throws MalformedJsonException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return inRange(parser.getLongValue(), min, max);
    }
    try {
      return inRange(decimal().longValueExact(), min, max);
    } catch (ArithmeticException e) {
      throw malformed("is an integer from " + min + " to " + max);
    }
  }

  private long inRange(long value, long min, long max) throws MalformedJsonException {
    if (value < min || value > max) {
      throw malformed("is an integer from " + min + " to " + max);
    }
    return value;
  }

  private long unsigned() throws MalformedJsonException {
    BigDecimal decimal = decimal();
    // Judged by its digits first: 1e999999999 as an integer would fill the memory.
    long digits = (long) decimal.precision() - decimal.scale();
    if (decimal.signum() == 0) {
      return 0;
    }
    try {
      BigInteger value = digits > 0 && digits <= 20 ? decimal.toBigIntegerExact() : NO_U64;
      if (value.signum() >= 0 && value.compareTo(U64_MAX) <= 0) {
        return value.longValue();
      }
    } catch (ArithmeticException e) {
      // a fraction: said below
    }
    throw malformed("is an integer from 0 to " + U64_MAX);
  }

  private BigDecimal decimal() throws MalformedJsonException {
    return switch (parser.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
      case VALUE_STRING -> parse(parser.getString());
      case null, default -> throw malformed("is a number");
    };
  }

  private BigDecimal parse(String text) throws MalformedJsonException {
    try {
      if (text.length() > 100) {
        throw malformed("is a number");
      }
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw malformed("is a number");
    }
  }

  private double real() throws MalformedJsonException {
    return switch (parser.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> finite(parser.getDoubleValue());
      case VALUE_STRING -> real(parser.getString());
      case null, default -> throw malformed("is a number");
    };
  }

  private double real(String text) throws MalformedJsonException {
    return switch (text) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> finite(parse(text).doubleValue());
    };
  }

  private double finite(double value) throws MalformedJsonException {
    if (Double.isInfinite(value)) {
      throw malformed("is beyond what a double can hold");
    }
    return value;
  }

  private MalformedJsonException malformed(String isWhat) {
    return new MalformedJsonException(
        parser.currentName() + " " + isWhat, parser.currentTokenLocation().getByteOffset());
  }
}
