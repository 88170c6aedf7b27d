package deepflow.server.querier.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.util.JsonFormat;
import deepflow.server.querier.JsonOutput;
import deepflow.server.storage.OtlpGenerator;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
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

  /// One message twice is one message, a oneof has one member: as every reader of protobuf has it.
  @Test
  void mergesWhatComesMoreThanOnce() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    OtlpGenerator generator = new OtlpGenerator(random);
    for (int i = 0; i < 2000; i++) {
      byte[] values = repeated(random, () -> generator.message(AnyValue.newBuilder()));
      byte[] attributes = repeated(random, () -> generator.message(KeyValue.newBuilder()));
      byte[] spans = repeated(random, () -> generator.message(Span.newBuilder()));

      assertThat(written(Message.ANY_VALUE, values))
          .as("tests.seed=%s", seed)
          .isEqualTo(JSON.readTree(JsonFormat.printer().print(AnyValue.parseFrom(values))));
      assertThat(written(Message.KEY_VALUE, attributes))
          .as("tests.seed=%s", seed)
          .isEqualTo(JSON.readTree(JsonFormat.printer().print(KeyValue.parseFrom(attributes))));
      assertThat(written(Message.SPAN, spans))
          .as("tests.seed=%s", seed)
          .isEqualTo(JSON.readTree(JsonFormat.printer().print(Span.parseFrom(spans))));
    }
  }

  @Test
  void showsTheLastMemberOfAOneof() throws Exception {
    assertThat(written(Message.ANY_VALUE, HexFormat.of().parseHex("0a01611805")).toString())
        .isEqualTo("{\"intValue\":\"5\"}");
    assertThat(written(Message.ANY_VALUE, HexFormat.of().parseHex("18050a0161")).toString())
        .isEqualTo("{\"stringValue\":\"a\"}");
    // an array, a text, and the array that counts
    assertThat(
            written(
                    Message.ANY_VALUE,
                    HexFormat.of().parseHex("2a040a02" + "1801" + "0a00" + "2a00"))
                .toString())
        .isEqualTo("{\"arrayValue\":{}}");
  }

  /// One message or two, one behind the other. Of three, protobuf's library for Java puts the first
  /// and the last array together over what is between them, as no other reader does.
  private static byte[] repeated(
      Random random, Supplier<? extends com.google.protobuf.Message> next) {
    ByteString bytes = ByteString.EMPTY;
    for (int times = 1 + random.nextInt(2); times > 0; times--) {
      bytes = bytes.concat(next.get().toByteString());
    }
    return bytes.toByteArray();
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
