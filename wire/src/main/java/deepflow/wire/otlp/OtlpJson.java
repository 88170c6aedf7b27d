package deepflow.wire.otlp;

import deepflow.wire.otlp.JsonMessage.Field;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/// Turns an ExportTraceServiceRequest in OTLP/JSON into protobuf, token by token: no tree is built.
///
/// The rules are OTLP's, which differ from protobuf's own JSON: ids are hexadecimal, enums are
/// numbers, names are lowerCamelCase and nothing else, unknown fields are ignored whatever is in
/// them, `null` means absent. A name that is there twice counts twice, as a field does in protobuf.
///
/// Source: opentelemetry-proto v1.11.0, `docs/specification.md`, section "JSON Protobuf Encoding".
public final class OtlpJson {
  /// Objects and arrays inside one another, at most. A value inside a value is up to four of them,
  /// so this is beyond what [RequestCheck] accepts in a span.
  static final int DEPTH_MAX = 300;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxStringLength(Integer.MAX_VALUE) // the request's size is limited already
                  .build())
          .build();

  private final JsonParser parser;
  private final ProtobufWriter writer;

  private OtlpJson(JsonParser parser, ProtobufWriter writer) {
    this.parser = parser;
    this.writer = writer;
  }

  /// Turns a request into protobuf.
  ///
  /// @throws MalformedJsonException when it is no JSON, or a known field has a value of another
  ///   type
  public static byte[] toProtobuf(byte[] json, int offset, int length)
      throws MalformedJsonException {
    ProtobufWriter writer = new ProtobufWriter(length / 2);
    try (JsonParser parser =
        FACTORY.createParser(ObjectReadContext.empty(), json, offset, length)) {
      new OtlpJson(parser, writer).request();
    } catch (StreamConstraintsException _) {
      // its own message names methods of the library
      throw new MalformedJsonException(
          "nested deeper than 300, or a name or number is endless", -1);
    } catch (JacksonException e) {
      TokenStreamLocation where = e.getLocation();
      throw new MalformedJsonException(
          e.getOriginalMessage(), where == null ? -1 : where.getByteOffset());
    }
    return writer.toByteArray();
  }

  private void request() throws MalformedJsonException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw malformed("a request is an object");
    }
    fields(JsonMessage.REQUEST);
    if (parser.nextToken() != null) {
      throw malformed("something follows the request");
    }
  }

  /// From the token after `{` to the matching `}`.
  private void fields(JsonMessage message) throws MalformedJsonException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Field field = message.field(parser.currentName());
      JsonToken value = parser.nextToken();
      if (field == null) {
        parser.skipChildren();
      } else if (value != JsonToken.VALUE_NULL) {
        field(message, field);
      }
    }
  }

  private void field(JsonMessage message, Field field) throws MalformedJsonException {
    if (!field.repeated()) {
      value(field);
      return;
    }
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw malformed(parser.currentName() + " of " + message.name() + " is an array");
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      value(field);
    }
  }

  private void value(Field field) throws MalformedJsonException {
    if (field.child() != null) {
      message(field.number(), field.child());
    } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
      new JsonScalar(parser, writer).write(field);
    }
  }

  private void message(int number, JsonMessage child) throws MalformedJsonException {
    int start = writer.begin(number);
    // null in an array keeps its place: the values around it must not move
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      fields(child);
    } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
      throw malformed(child.name() + " is an object");
    }
    writer.end(start);
  }

  private MalformedJsonException malformed(String reason) {
    return new MalformedJsonException(reason, parser.currentTokenLocation().getByteOffset());
  }
}
