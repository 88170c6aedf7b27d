package deepflow.ctl.conformance;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// OTLP/JSON by way of protobuf's own JSON: ids from hex to base64, snake_case away, the rest is
/// the library's.
final class OtlpJsonReader {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Set<String> IDS = Set.of("traceId", "spanId", "parentSpanId");

  private OtlpJsonReader() {}

  static ExportTraceServiceRequest read(byte[] json) throws InvalidProtocolBufferException {
    try {
      JsonNode tree = JSON.readTree(json);
      translate(tree);
      ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
      JsonFormat.parser().ignoringUnknownFields().merge(tree.toString(), request);
      return request.build();
    } catch (JacksonException e) {
      throw new InvalidProtocolBufferException(e.getOriginalMessage());
    }
  }

  private static void translate(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        if (name.contains("_")) {
          object.remove(name);
        } else if (IDS.contains(name) && object.get(name) instanceof StringNode id) {
          object.put(name, base64(id.stringValue()));
        }
      }
    }
    node.forEach(OtlpJsonReader::translate);
  }

  /// Nothing, which is no id, for what is not hexadecimal.
  private static String base64(String hex) {
    try {
      byte[] id = HexFormat.of().parseHex(hex.toLowerCase(Locale.ROOT));
      return Base64.getEncoder().encodeToString(id);
    } catch (IllegalArgumentException _) {
      return "";
    }
  }
}
