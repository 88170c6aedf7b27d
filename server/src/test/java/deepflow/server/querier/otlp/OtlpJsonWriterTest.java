package deepflow.server.querier.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.util.JsonFormat;
import deepflow.server.querier.JsonOutput;
import deepflow.server.storage.OtlpGenerator;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OtlpJsonWriterTest {

  private static final JsonMapper JSON = new JsonMapper();

  private static JsonNode written(Message message, byte[] bytes) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonOutput.generator(out)) {
      OtlpJsonWriter.write(json, message, bytes);
    }
    return JSON.readTree(out.toByteArray());
  }

  /// protobuf's own library writes the same JSON mapping as Go's jsonpb, which Tempo uses.
  @Test
  void writesWhatProtobufsOwnLibraryWrites() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    OtlpGenerator generator = new OtlpGenerator(new Random(seed));
    for (int i = 0; i < 300; i++) {
      TracesData traces = generator.traces();
      byte[] bytes = traces.toByteArray();

      assertThat(written(Message.TRACES_DATA, bytes))
          .as("tests.seed=%s", seed)
          .isEqualTo(JSON.readTree(JsonFormat.printer().print(TracesData.parseFrom(bytes))));
    }
  }

  @Test
  void namesTheListBatchesForTemposFirstVersion() throws Exception {
    TracesData traces =
        TracesData.newBuilder()
            .addResourceSpans(ResourceSpans.newBuilder().setSchemaUrl("u"))
            .build();

    assertThat(written(Message.TRACE_BATCHES, traces.toByteArray()).toString())
        .isEqualTo("{\"batches\":[{\"schemaUrl\":\"u\"}]}");
  }

  @Test
  void showsTheRestOfATraceWhenAnInnerMessageIsBroken() throws Exception {
    // ResourceSpans: resource is 0x0f 0xff (a wire type that doesn't exist), schema URL is "u"
    byte[] bytes = HexFormat.of().parseHex("0a07" + "0a020fff" + "1a0175");

    assertThat(written(Message.TRACES_DATA, bytes).toString())
        .isEqualTo(
            "{\"resourceSpans\":[{\"resource\":{\"malformed\":\"D/8=\"},\"schemaUrl\":\"u\"}]}");
  }

  /// A field that a newer OTLP brings must not be forgotten.
  @Test
  void knowsEveryFieldOfTheProtocol() {
    List<String> missing = new ArrayList<>();
    compare(TracesData.getDescriptor(), Message.TRACES_DATA, new HashSet<>(), missing);

    assertThat(missing).isEmpty();
  }

  private static void compare(
      Descriptor descriptor, Message message, Set<String> seen, List<String> missing) {
    if (!seen.add(descriptor.getFullName())) {
      return;
    }
    for (FieldDescriptor field : descriptor.getFields()) {
      Message.Field ours =
          message.fields().stream()
              .filter(known -> known.number() == field.getNumber())
              .filter(known -> known.name().equals(field.getJsonName()))
              .findFirst()
              .orElse(null);
      if (ours == null) {
        missing.add(field.getFullName());
      } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        compare(field.getMessageType(), ours.message(), seen, missing);
      }
    }
  }
}
