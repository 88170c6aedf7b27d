package deepflow.server.querier.services;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Random spans, and what each of them counts as by the book.
final class RandomSpans {

  static final List<String> SERVICES = List.of("shop", "支付", "it's", "", "back\\slash");
  static final List<String> NAMES = List.of("GET /", "SELECT 'x'", "пере вод", "", "a\\b");
  static final long BEGIN = 1_700_000_000L * 1_000_000_000L;
  static final long LENGTH = 7_200L * 1_000_000_000L;

  /// @param duration never negative
  record Row(
      String service,
      String name,
      int kind,
      long start,
      long duration,
      boolean isRequest,
      boolean isError) {}

  private final Random random;
  final List<Row> rows = new ArrayList<>();

  RandomSpans(Random random) {
    this.random = random;
  }

  TracesData next(int resources) {
    TracesData.Builder traces = TracesData.newBuilder();
    for (int i = 0; i < resources; i++) {
      String service = pick(SERVICES);
      ResourceSpans.Builder resource = resource(service);
      ScopeSpans.Builder scope = resource.addScopeSpansBuilder();
      for (int n = random.nextInt(1, 20); n > 0; n--) {
        scope.addSpans(span(service));
      }
      traces.addResourceSpans(resource);
    }
    return traces.build();
  }

  private Span span(String service) {
    long start = BEGIN + random.nextLong(LENGTH);
    long length = (long) Math.exp(random.nextDouble(25));
    long end = start + (random.nextInt(20) == 0 ? -length : length);
    int kind = random.nextInt(20) == 0 ? 9 : random.nextInt(6);
    boolean root = random.nextInt(4) == 0;
    boolean failed = random.nextInt(5) == 0;
    Integer code = random.nextBoolean() ? null : List.of(200, 404, 503).get(random.nextInt(3));
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(bytes(16))
            .setSpanId(bytes(8))
            .setName(pick(NAMES))
            .setKindValue(kind)
            .setStartTimeUnixNano(start)
            .setEndTimeUnixNano(end);
    if (!root) {
      span.setParentSpanId(bytes(8));
    } else if (random.nextBoolean()) {
      span.setParentSpanId(ByteString.copyFrom(new byte[8]));
    }
    if (failed) {
      span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
    }
    if (code != null) {
      span.addAttributes(
          attribute("http.response.status_code", AnyValue.newBuilder().setIntValue(code)));
    }
    rows.add(
        new Row(
            service,
            span.getName(),
            kind,
            start,
            Math.max(0, end - start),
            root || kind == 2 || kind == 5,
            failed || isServerError(code)));
    return span.build();
  }

  static ResourceSpans.Builder resource(String service) {
    return ResourceSpans.newBuilder()
        .setResource(
            Resource.newBuilder()
                .addAttributes(
                    attribute("service.name", AnyValue.newBuilder().setStringValue(service))));
  }

  private static KeyValue attribute(String key, AnyValue.Builder value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static boolean isServerError(@Nullable Integer code) {
    return code != null && code >= 500;
  }

  private String pick(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }

  private ByteString bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] = 1; // never all zero
    return ByteString.copyFrom(bytes);
  }
}
