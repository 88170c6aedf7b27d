package deepflow.wire.otlp;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;
import java.util.Random;

/// Requests with anything in them that the descriptors allow, so that a field added to OTLP is
/// tested from the day the generated classes know it.
final class RandomOtlp {
  private static final int DEPTH_MAX = 12;

  private final Random random;
  private final boolean unknownFields;
  private final boolean badIds;

  RandomOtlp(Random random, boolean unknownFields, boolean badIds) {
    this.random = random;
    this.unknownFields = unknownFields;
    this.badIds = badIds;
  }

  /// The seed that the run was given, else a new one; say it in every failure.
  static long seed() {
    return Long.getLong("tests.seed", System.nanoTime());
  }

  ExportTraceServiceRequest request() {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    fill(request, 0);
    return request.build();
  }

  private void fill(Message.Builder message, int depth) {
    List<FieldDescriptor> fields = message.getDescriptorForType().getFields();
    FieldDescriptor chosen = fields.get(random.nextInt(fields.size()));
    for (FieldDescriptor field : fields) {
      boolean wanted =
          field.getContainingOneof() == null ? random.nextInt(4) != 0 : field == chosen;
      if (wanted && depth < DEPTH_MAX) {
        set(message, field, depth);
      }
    }
    if (unknownFields && random.nextInt(8) == 0) {
      message.setUnknownFields(unknown());
    }
    named(message);
  }

  private void set(Message.Builder message, FieldDescriptor field, int depth) {
    if (!field.isRepeated()) {
      message.setField(field, value(message, field, depth));
      return;
    }
    for (int i = random.nextInt(depth < 3 ? 4 : 3); i > 0; i--) {
      message.addRepeatedField(field, value(message, field, depth));
    }
  }

  private Object value(Message.Builder message, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> number().intValue();
      case LONG -> number();
      case DOUBLE -> Double.longBitsToDouble(number());
      case FLOAT -> random.nextFloat();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> text();
      case BYTE_STRING -> bytes(field.getName());
      case ENUM -> enumValue(field);
      case MESSAGE -> {
        Message.Builder child = message.newBuilderForField(field);
        fill(child, depth + 1);
        yield child.build();
      }
    };
  }

  private Long number() {
    return switch (random.nextInt(4)) {
      case 0 -> (long) random.nextInt(200);
      case 1 -> -(long) random.nextInt(200);
      case 2 -> 1_700_000_000_000_000_000L + random.nextInt();
      default -> random.nextLong();
    };
  }

  private EnumValueDescriptor enumValue(FieldDescriptor field) {
    return field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(8));
  }

  private String text() {
    int length = random.nextInt(20) == 0 ? random.nextInt(400) : random.nextInt(12);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(codePoint());
    }
    return text.toString();
  }

  private int codePoint() {
    return switch (random.nextInt(12)) {
      case 0 -> random.nextInt(0x20);
      case 1 -> 0x4E00 + random.nextInt(100);
      case 2 -> 0x1F600 + random.nextInt(50);
      case 3 -> "\"\\/\u2028\u007f".charAt(random.nextInt(5));
      default -> 'a' + random.nextInt(26);
    };
  }

  private ByteString bytes(String field) {
    int length =
        switch (field) {
          case "trace_id" -> 16;
          case "span_id", "parent_span_id" -> 8;
          default -> random.nextInt(20);
        };
    byte[] bytes = new byte[badIds && random.nextInt(30) == 0 ? random.nextInt(20) : length];
    if (!badIds || random.nextInt(30) != 0) {
      random.nextBytes(bytes);
    }
    return ByteString.copyFrom(bytes);
  }

  /// What random fields would rarely make: ids in most spans, the attribute that matters in some.
  private void named(Message.Builder message) {
    if (message instanceof Span.Builder span && (!badIds || random.nextInt(10) != 0)) {
      span.setTraceId(bytes("trace_id")).setSpanId(bytes("span_id"));
    } else if (message instanceof Resource.Builder resource && random.nextInt(3) == 0) {
      int at = random.nextInt(resource.getAttributesCount() + 1);
      AnyValue ip = AnyValue.newBuilder().setStringValue("10.0.0." + random.nextInt(256)).build();
      resource.addAttributes(
          at, KeyValue.newBuilder().setKey(HostIpAttribute.KEY).setValue(ip).build());
    }
  }

  private UnknownFieldSet unknown() {
    UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
    switch (random.nextInt(5)) {
      case 0 -> field.addVarint(random.nextLong());
      case 1 -> field.addFixed32(random.nextInt());
      case 2 -> field.addFixed64(random.nextLong());
      case 3 -> field.addLengthDelimited(bytes("unknown"));
      default ->
          field.addGroup(
              UnknownFieldSet.newBuilder()
                  .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                  .build());
    }
    int number = random.nextBoolean() ? 17 + random.nextInt(20) : 1000 + random.nextInt(100_000);
    return UnknownFieldSet.newBuilder().addField(number, field.build()).build();
  }
}
