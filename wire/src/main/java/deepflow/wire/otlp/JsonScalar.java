package deepflow.wire.otlp;

import deepflow.wire.otlp.JsonMessage.Field;
import java.math.BigDecimal;
import java.math.BigInteger;
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
  private final JsonText text;
  private final ProtobufWriter writer;

  JsonScalar(JsonParser parser, JsonText text, ProtobufWriter writer) {
    this.parser = parser;
    this.text = text;
    this.writer = writer;
  }

  void write(Field field) throws MalformedJsonException {
    switch (field.kind()) {
      case TEXT, SPAN_ID, LINK_ID, BYTES -> string(field);
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

  private void string(Field field) throws MalformedJsonException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw malformed("is a string");
    }
    long quoteAt = parser.currentTokenLocation().getByteOffset();
    if (!field.always() && text.isEmpty(quoteAt)) {
      return;
    }
    int start = writer.begin(field.number());
    if (!text.write(quoteAt)) {
      throw malformed("is UTF-8");
    }
    decode(field, start);
    writer.end(start);
  }

  private void decode(Field field, int start) throws MalformedJsonException {
    byte[] bytes = writer.array();
    int end = writer.length();
    switch (field.kind()) {
      case SPAN_ID, LINK_ID -> id(field, start, TextInPlace.hex(bytes, start, end));
      case BYTES -> {
        int decoded = TextInPlace.base64(bytes, start, end);
        if (decoded == TextInPlace.WRONG) {
          throw malformed("is base64");
        }
        writer.cut(decoded);
      }
      case TEXT -> {}
      case BOOL, INT64, UINT32, ENUM, FIXED64, FIXED32, DOUBLE, MESSAGE ->
          throw new IllegalStateException("not a string: " + field);
    }
  }

  private void id(Field field, int start, int end) throws MalformedJsonException {
    if (end != TextInPlace.WRONG) {
      writer.cut(end);
    } else if (field.kind() == JsonMessage.Kind.LINK_ID) {
      throw malformed("is hexadecimal");
    } else {
      writer.cut(start);
      writer.raw(NOT_AN_ID, 0, NOT_AN_ID.length);
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

  private boolean bool() throws MalformedJsonException {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case null, default -> throw malformed("is true or false");
    };
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
