package deepflow.server.querier.export;

import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.otlp.OtlpJsonWriter;
import deepflow.wire.otlp.MalformedProtobufException;
import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonGenerator;

/// How messages follow one another. Each is a TracesData, the same as an ExportTraceServiceRequest.
enum ExportFormat {
  /// Each after its length as a varint, as protobuf's libraries write delimited messages. Lossless.
  PROTOBUF("application/x-protobuf"),
  /// Each a line of OTLP/JSON. What OTLP's JSON has no place for (unknown fields, text that is not
  /// UTF-8) is left out.
  JSON("application/x-ndjson");

  private final String mediaType;

  ExportFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  String mediaType() {
    return mediaType;
  }

  /// @param named the parameter `format`, empty when it isn't there
  /// @param accept the header, empty when it isn't there
  static ExportFormat of(String named, String accept) {
    return switch (named) {
      case "protobuf" -> PROTOBUF;
      case "json" -> JSON;
      case "" -> accept.contains("protobuf") ? PROTOBUF : JSON;
      default -> throw new RefusedException("format must be json or protobuf");
    };
  }

  /// A message as it stands in the stream.
  byte[] framed(byte[] tracesData) {
    return switch (this) {
      case PROTOBUF -> delimited(tracesData);
      case JSON -> line(tracesData);
    };
  }

  private static byte[] delimited(byte[] message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(message.length + 5);
    int left = message.length;
    while (left > 0x7F) {
      out.write((left & 0x7F) | 0x80);
      left >>>= 7;
    }
    out.write(left);
    out.writeBytes(message);
    return out.toByteArray();
  }

  private static byte[] line(byte[] message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(message.length * 2);
    try (JsonGenerator json = JsonOutput.generator(out)) {
      OtlpJsonWriter.writeOtlp(json, message);
    } catch (MalformedProtobufException e) {
      throw new IllegalStateException("the store gave spans that are no OTLP", e);
    }
    out.write('\n');
    return out.toByteArray();
  }
}
