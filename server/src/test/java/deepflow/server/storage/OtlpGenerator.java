package deepflow.server.storage;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// Random OTLP, made by its descriptors: a field that a later version of OTLP adds is set without a
/// change in here.
public final class OtlpGenerator {
  private static final int DEPTH_MAX = 12;
  private static final String[] TEXTS = {
    "",
    "GET",
    "http.request.method",
    "http.response.status_code",
    "service.name",
    "db.query.text",
    "ünïcödé ✓ 😀",
    "a\tb\\n'\"\u0000c",
    "network.peer.address",
    "10.0.0.1"
  };
  private static final double[] DOUBLES = {
    0, -0.0, 1, 0.1, 1e7, 1e-3, 123456.789, Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE
  };

  private final Random random;
  private final Set<FieldDescriptor> set = new HashSet<>();

  public OtlpGenerator(Random random) {
    this.random = random;
  }

  public TracesData traces() {
    return (TracesData) message(TracesData.newBuilder(), 0);
  }

  /// One message of any type.
  public Message message(Message.Builder builder) {
    return message(builder, 0);
  }

  /// Fields that no message has had so far.
  List<String> fieldsNeverSet() {
    var missing = new ArrayList<String>();
    visit(TracesData.getDescriptor(), new HashSet<>(), missing);
    return missing;
  }

  private void visit(Descriptor type, Set<Descriptor> visited, List<String> missing) {
    if (!visited.add(type)) {
      return;
    }
    for (FieldDescriptor field : type.getFields()) {
      if (!set.contains(field)) {
        missing.add(field.getFullName());
      }
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        visit(field.getMessageType(), visited, missing);
      }
    }
  }

  private Message message(Message.Builder builder, int depth) {
    Descriptor type = builder.getDescriptorForType();
    for (OneofDescriptor oneof : type.getRealOneofs()) {
      int choice = random.nextInt(oneof.getFieldCount() + 1);
      if (choice < oneof.getFieldCount()) {
        setField(builder, oneof.getField(choice), depth);
      }
    }
    for (FieldDescriptor field : type.getFields()) {
      boolean mostly = type.equals(TracesData.getDescriptor()) || depth < 3;
      if (field.getRealContainingOneof() == null && (mostly ? chance(0.85) : chance(0.4))) {
        setField(builder, field, depth);
      }
    }
    if (chance(0.05)) {
      builder.setUnknownFields(unknown());
    }
    if (builder instanceof Span.Builder span) {
      fixIds(span);
    }
    return builder.build();
  }

  private void setField(Message.Builder builder, FieldDescriptor field, int depth) {
    if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && depth >= DEPTH_MAX) {
      return;
    }
    set.add(field);
    if (!field.isRepeated()) {
      builder.setField(field, value(builder, field, depth));
      return;
    }
    int count = depth == 0 ? 4 : random.nextInt(4);
    for (int i = 0; i < count; i++) {
      builder.addRepeatedField(field, value(builder, field, depth));
    }
  }

  private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> chance(0.5) ? random.nextInt(4) : random.nextInt();
      case LONG -> chance(0.3) ? 1_800_000_000_000_000_000L + random.nextInt() : random.nextLong();
      case FLOAT -> random.nextFloat();
      case DOUBLE ->
          chance(0.5)
              ? DOUBLES[random.nextInt(DOUBLES.length)]
              : Double.longBitsToDouble(random.nextLong());
      case BOOLEAN -> random.nextBoolean();
      case STRING -> text();
      case BYTE_STRING -> bytes(random.nextInt(20));
      case ENUM ->
          field
              .getEnumType()
              .findValueByNumberCreatingIfUnknown(
                  chance(0.8) ? random.nextInt(7) : random.nextInt());
      case MESSAGE -> message(builder.newBuilderForField(field), depth + nesting(builder));
    };
  }

  /// Values in values soon come to an end; envelopes don't count.
  private static int nesting(Message.Builder builder) {
    return builder instanceof AnyValue.Builder ? 4 : 1;
  }

  private String text() {
    return chance(0.6)
        ? TEXTS[random.nextInt(TEXTS.length)]
        : Long.toString(random.nextLong(), Character.MAX_RADIX).repeat(1 + random.nextInt(20));
  }

  private ByteString bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private UnknownFieldSet unknown() {
    return UnknownFieldSet.newBuilder()
        .addField(
            500 + random.nextInt(5),
            UnknownFieldSet.Field.newBuilder()
                .addVarint(random.nextLong())
                .addLengthDelimited(bytes(random.nextInt(9)))
                .build())
        .build();
  }

  private void fixIds(Span.Builder span) {
    span.setTraceId(bytes(15).concat(ByteString.copyFrom(new byte[] {1})));
    span.setSpanId(bytes(7).concat(ByteString.copyFrom(new byte[] {1})));
    span.setParentSpanId(
        switch (random.nextInt(3)) {
          case 0 -> ByteString.EMPTY;
          case 1 -> ByteString.copyFrom(new byte[8]);
          default -> bytes(8);
        });
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }
}
