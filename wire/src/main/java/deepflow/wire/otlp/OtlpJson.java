package deepflow.wire.otlp;

import deepflow.wire.otlp.JsonMessage.Field;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
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
/// Beside the JSON and the protobuf ([#bytesMax]) it takes little memory, whatever a request is
/// made of: strings are copied from byte to byte ([JsonText]), and what the parser keeps is
/// bounded.
///
/// Source: opentelemetry-proto v1.11.0, `docs/specification.md`, section "JSON Protobuf Encoding".
public final class OtlpJson {
  /// Objects and arrays inside one another, at most. A value inside a value is up to four of them,
  /// so this is beyond what [RequestCheck] accepts in a span.
  static final int DEPTH_MAX = 300;

  /// Different names that are unknown, and bytes of each, at most: the parser keeps them all.
  static final int UNKNOWN_NAMES_MAX = 1_000;

  private static final int NAME_LENGTH_MAX = 256;

  /// Of numbers, also of those that are written as strings: no other string is read by the parser.
  private static final int NUMBER_LENGTH_MAX = 1_000;

  /// So that no field of a small request is the one too many.
  private static final int SLACK = 64;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNameLength(NAME_LENGTH_MAX)
                  .maxNumberLength(NUMBER_LENGTH_MAX)
                  .maxStringLength(NUMBER_LENGTH_MAX)
                  .build())
          .build();

  private final JsonParser parser;
  private final ProtobufWriter writer;
  private final JsonScalar scalar;
  private final Set<String> unknownNames = new HashSet<>();

  private OtlpJson(JsonParser parser, JsonText text, ProtobufWriter writer) {
    this.parser = parser;
    this.writer = writer;
    scalar = new JsonScalar(parser, text, writer);
  }

  /// How many bytes are taken for the protobuf of a request. It is shorter than its JSON, if that
  /// is not made of `"kind":-1,`: 10 bytes that become 11.
  public static int bytesMax(int jsonLength) {
    return Math.addExact(jsonLength, jsonLength / 8 + SLACK);
  }

  /// Turns a request into protobuf.
  ///
  /// @return of an array of [#bytesMax]
  /// @throws MalformedJsonException when it is no JSON, or a known field has a value of another
  ///   type
  public static ByteBuffer toProtobuf(byte[] json, int offset, int length)
      throws MalformedJsonException {
    ProtobufWriter writer = new ProtobufWriter(bytesMax(length));
    JsonText text = new JsonText(json, offset, length, writer);
    try (JsonParser parser =
        FACTORY.createParser(ObjectReadContext.empty(), json, offset, length)) {
      new OtlpJson(parser, text, writer).request();
    } catch (StreamConstraintsException _) {
      // its own message names methods of the library
      throw new MalformedJsonException(
          "nested deeper than 300, or a name or number is endless", -1);
    } catch (JacksonException e) {
      TokenStreamLocation where = e.getLocation();
      throw new MalformedJsonException(
          e.getOriginalMessage(), where == null ? -1 : where.getByteOffset());
    }
    return writer.written();
  }

  private void request() throws MalformedJsonException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw malformed("a request is an object");
    }
    if (parser.currentTokenLocation().getByteOffset() < 0) {
      throw malformed("a request is UTF-8");
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
        unknownName();
        skip();
      } else if (value != JsonToken.VALUE_NULL) {
        field(message, field);
      }
    }
  }

  /// Passes over an unknown field's value.
  private void skip() throws MalformedJsonException {
    int depth = 0;
    while (true) {
      switch (parser.currentToken()) {
        case START_OBJECT, START_ARRAY -> depth++;
        case END_OBJECT, END_ARRAY -> depth--;
        case PROPERTY_NAME -> unknownName();
        case null, default -> {}
      }
      if (depth == 0) {
        return;
      }
      parser.nextToken();
    }
  }

  private void unknownName() throws MalformedJsonException {
    unknownNames.add(parser.currentName());
    if (unknownNames.size() > UNKNOWN_NAMES_MAX) {
      throw malformed("more than " + UNKNOWN_NAMES_MAX + " names are unknown");
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
      scalar.write(field);
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
