package deepflow.server.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import deepflow.server.storage.OtlpGenerator;
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.RequestCheck;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// An agent answers for a span before any server has seen it: what it accepts must be stored.
class AgentAgreementTest {
  private static final int SPANS = 20_000;
  private static final int[] ID_FIELDS = {
    OtlpField.SPAN_TRACE_ID, OtlpField.SPAN_SPAN_ID, OtlpField.SPAN_PARENT_SPAN_ID
  };

  private final RequestCheck check = new RequestCheck();
  private final ScannedSpan scanned = new ScannedSpan();
  private final SpanScanner scanner = new SpanScanner(scanned);

  @Test
  void storesTheSpansThatAnAgentAcceptsHoweverOftenTheirIdsCome() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    OtlpGenerator generator = new OtlpGenerator(random);
    int both = 0;
    for (int i = 0; i < SPANS; i++) {
      byte[] span = span(generator, random).toByteArray();
      boolean accepted = isAccepted(span);

      assertThat(scanner.scan(span, 0, span.length) == null)
          .as("tests.seed=%s %s", seed, HexFormat.of().formatHex(span))
          .isEqualTo(accepted);
      both += accepted ? 1 : 0;
    }
    assertThat(both).isBetween(SPANS / 100, SPANS - SPANS / 100);
  }

  @Test
  void takesTheLastOfSeveralIds() {
    ByteString good = ByteString.copyFromUtf8("0123456789abcdef");
    byte[] span =
        field(OtlpField.SPAN_TRACE_ID, ByteString.EMPTY)
            .concat(field(OtlpField.SPAN_SPAN_ID, ByteString.copyFromUtf8("01234567")))
            .concat(field(OtlpField.SPAN_TRACE_ID, good))
            .toByteArray();

    assertThat(isAccepted(span)).isTrue();
    assertThat(scanner.scan(span, 0, span.length)).isNull();
    assertThat(ByteString.copyFrom(span, scanned.traceId, 16)).isEqualTo(good);
  }

  @Test
  void storesValuesAsDeepAsAnAgentAcceptsThem() {
    ByteString ids =
        field(OtlpField.SPAN_TRACE_ID, ByteString.copyFromUtf8("0123456789abcdef"))
            .concat(field(OtlpField.SPAN_SPAN_ID, ByteString.copyFromUtf8("01234567")));
    ByteString value = ByteString.EMPTY;
    for (int depth = 1; depth < 2 * RequestCheck.VALUE_DEPTH_MAX; depth++) {
      ByteString attribute = field(OtlpField.KEY_VALUE_VALUE, value);
      byte[] span = ids.concat(field(OtlpField.SPAN_ATTRIBUTES, attribute)).toByteArray();
      boolean accepted = isAccepted(span);

      assertThat(accepted).isEqualTo(depth <= RequestCheck.VALUE_DEPTH_MAX);
      assertThat(scanner.scan(span, 0, span.length) == null)
          .as("depth %s", depth)
          .isEqualTo(accepted);
      value = nest(depth, value);
    }
  }

  /// A list, or a map, that has the value.
  private static ByteString nest(int depth, ByteString value) {
    return depth % 2 == 0
        ? field(OtlpField.ANY_VALUE_ARRAY, field(OtlpField.ARRAY_VALUE_VALUES, value))
        : field(
            OtlpField.ANY_VALUE_KVLIST,
            field(OtlpField.KEY_VALUE_LIST_VALUES, field(OtlpField.KEY_VALUE_VALUE, value)));
  }

  private static ByteString span(OtlpGenerator generator, Random random) {
    ByteString bytes = generator.message(Span.newBuilder()).toByteString();
    for (int more = random.nextInt(5); more > 0; more--) {
      int number = ID_FIELDS[random.nextInt(ID_FIELDS.length)];
      byte[] id = new byte[new int[] {0, 1, 8, 8, 16, 16}[random.nextInt(6)]];
      if (random.nextInt(4) != 0) {
        random.nextBytes(id);
      }
      ByteString one = field(number, ByteString.copyFrom(id));
      bytes = random.nextBoolean() ? one.concat(bytes) : bytes.concat(one);
    }
    return bytes;
  }

  private boolean isAccepted(byte[] span) {
    ByteString spans = field(OtlpField.SCOPE_SPANS_SPANS, ByteString.copyFrom(span));
    ByteString scope = field(OtlpField.RESOURCE_SPANS_SCOPE_SPANS, spans);
    byte[] request = field(OtlpField.REQUEST_RESOURCE_SPANS, scope).toByteArray();
    return check.check(request, 0, request.length, null) instanceof CheckedRequest.Accepted accepted
        && accepted.spans() == 1;
  }

  private static ByteString field(int number, ByteString value) {
    return UnknownFieldSet.newBuilder()
        .addField(number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(value).build())
        .build()
        .toByteString();
  }
}
