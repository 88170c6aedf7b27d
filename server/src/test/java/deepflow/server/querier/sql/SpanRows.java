package deepflow.server.querier.sql;

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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Random spans, and what each of them is as a row of l7_flow_log by the book: this knows neither
/// our decoder nor our catalogue.
final class SpanRows {

  static final List<String> SERVICES = List.of("shop", "Shopping cart", "支付", "it's", "");
  static final List<String> ENDPOINTS =
      List.of(
          "GET /",
          "GET /a_b",
          "GET /a%b",
          "SELECT 'x'",
          "back\\slash",
          "пере вод",
          "a*b",
          "tab\tline\n");
  static final List<String> VALUES = List.of("eu", "us", "", "50%", "o'neil", "x_y");
  static final long BEGIN = 1_700_000_000L * 1_000_000_000L;

  /// @param responseCode null when the span has none
  /// @param attributes of the span, and of the resource above them
  record Row(
      String service,
      String endpoint,
      int kind,
      String traceId,
      String spanId,
      String parentSpanId,
      long start,
      long end,
      int responseStatus,
      @Nullable Integer responseCode,
      Map<String, String> attributes) {

    long time() {
      return Math.floorDiv(end, 1_000_000_000L);
    }

    long responseDuration() {
      return Math.max(0, end / 1000 - start / 1000);
    }

    String observationPoint() {
      return switch (kind) {
        case 3, 4 -> "c-app";
        case 2, 5 -> "s-app";
        default -> "app";
      };
    }

    boolean isError() {
      return responseStatus == 3 || responseStatus == 4;
    }
  }

  private final Random random;
  final List<Row> rows = new ArrayList<>();

  SpanRows(Random random) {
    this.random = random;
  }

  TracesData next(int resources) {
    TracesData.Builder traces = TracesData.newBuilder();
    for (int i = 0; i < resources; i++) {
      String service = pick(SERVICES);
      Map<String, String> ofResource = new HashMap<>();
      Resource.Builder resource = Resource.newBuilder();
      if (!service.isEmpty()) {
        add(resource.addAttributesBuilder(), "service.name", service, ofResource);
      }
      if (random.nextInt(3) == 0) {
        add(resource.addAttributesBuilder(), "region", pick(VALUES), ofResource);
      }
      ScopeSpans.Builder scope = ScopeSpans.newBuilder();
      for (int n = random.nextInt(1, 20); n > 0; n--) {
        scope.addSpans(span(service, ofResource));
      }
      traces.addResourceSpans(
          ResourceSpans.newBuilder().setResource(resource).addScopeSpans(scope));
    }
    return traces.build();
  }

  private Span span(String service, Map<String, String> ofResource) {
    long start = BEGIN + random.nextLong(600_000_000_000L);
    long end = start + random.nextLong(random.nextBoolean() ? 5_000_000_000L : 2_000L);
    int kind = random.nextInt(6);
    byte[] traceId = bytes(16);
    byte[] spanId = bytes(8);
    byte[] parent = random.nextBoolean() ? bytes(8) : new byte[0];
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(traceId))
            .setSpanId(ByteString.copyFrom(spanId))
            .setParentSpanId(ByteString.copyFrom(parent))
            .setName(pick(ENDPOINTS))
            .setKindValue(kind)
            .setStartTimeUnixNano(start)
            .setEndTimeUnixNano(end);
    boolean failed = random.nextInt(5) == 0;
    if (failed) {
      span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
    }
    Map<String, String> attributes = new HashMap<>();
    Integer code = random.nextBoolean() ? null : List.of(200, 301, 404, 503).get(random.nextInt(4));
    if (code != null) {
      attributes.put("http.response.status_code", code.toString());
      span.addAttributesBuilder()
          .setKey("http.response.status_code")
          .setValue(AnyValue.newBuilder().setIntValue(code));
    }
    for (String key : List.of("region", "a.b", "it's")) {
      if (random.nextBoolean()) {
        add(span.addAttributesBuilder(), key, pick(VALUES), attributes);
      }
    }
    attributes.putAll(ofResource);
    rows.add(
        new Row(
            service,
            span.getName(),
            kind,
            HexFormat.of().formatHex(traceId),
            HexFormat.of().formatHex(spanId),
            HexFormat.of().formatHex(parent),
            start,
            end,
            status(code, failed),
            code,
            attributes));
    return span.build();
  }

  /// Design, section 6: the code judges; ERROR beats a good code.
  private static int status(@Nullable Integer code, boolean failed) {
    if (code != null && code >= 500) {
      return 3;
    }
    if (code != null && code >= 400) {
      return 4;
    }
    return failed ? 3 : 0;
  }

  private static void add(
      KeyValue.Builder attribute, String key, String value, Map<String, String> into) {
    attribute.setKey(key).setValue(AnyValue.newBuilder().setStringValue(value));
    into.put(key, value);
  }

  private String pick(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] = 1; // never all zero
    return bytes;
  }
}
