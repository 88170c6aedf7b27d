package deepflow.server.querier.search;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/// Random traces, and what each of them is by the book: this knows neither our decoder nor our SQL.
final class TraceRows {

  static final List<String> SERVICES = List.of("shop", "Shopping cart", "支付", "it's", "");
  static final List<String> NAMES =
      List.of("GET /", "GET /a_b", "SELECT 'x'", "back\\slash", "пере\nвод", "");
  static final List<String> TEXTS =
      List.of("eu", "us", "", "5", "5.0", "true", "o'neil", "タブ\t", "nil", "NQ==");
  static final List<String> KEYS = List.of("region", "a.b", "it's", "ключ \"7\"", "n");
  static final long BEGIN = 1_700_000_000L * 1_000_000_000L;
  static final long RANGE = 1_800L * 1_000_000_000L;

  /// @param attributes the last of each key
  /// @param resource likewise
  record Row(
      String traceId,
      String spanId,
      String parentId,
      String name,
      int kind,
      long start,
      long duration,
      int status,
      String statusMessage,
      String service,
      String scope,
      List<String> events,
      Map<String, AnyValue> attributes,
      Map<String, AnyValue> resource) {}

  /// A trace.
  record Whole(String id, List<Row> rows) {
    long start() {
      return rows.stream().mapToLong(Row::start).min().orElseThrow();
    }

    long end() {
      return rows.stream().mapToLong(row -> row.start + row.duration).max().orElseThrow();
    }

    long duration() {
      return end() - start();
    }

    long errors() {
      return rows.stream().filter(row -> row.status == 2).count();
    }

    Optional<Row> root() {
      return rows.stream()
          .filter(row -> row.parentId.isEmpty())
          .min(Comparator.comparingLong(Row::start));
    }
  }

  private final Random random;
  final Map<String, Whole> traces = new LinkedHashMap<>();

  /// Requests, each to be a block of its own; the spans of a trace lie in several of them.
  final List<TracesData> requests = new ArrayList<>();

  TraceRows(Random random) {
    this.random = random;
  }

  void make(int traceCount, int requestCount) {
    List<TracesData.Builder> builders = new ArrayList<>();
    for (int i = 0; i < requestCount; i++) {
      builders.add(TracesData.newBuilder());
    }
    for (int i = 0; i < traceCount; i++) {
      trace(builders);
    }
    builders.forEach(builder -> requests.add(builder.build()));
  }

  private void trace(List<TracesData.Builder> builders) {
    String id = hex(16);
    // equal starts and durations happen, so that the order by id is tried
    long begin = BEGIN + random.nextLong(RANGE / 1_000_000_000L) * 1_000_000_000L;
    boolean rooted = random.nextInt(5) > 0;
    List<Row> rows = new ArrayList<>();
    int spans = random.nextInt(1, 9);
    for (int i = 0; i < spans; i++) {
      long start = i == 0 ? begin : begin + random.nextLong(10_000_000_000L);
      String parent = i == 0 && rooted ? "" : hex(8);
      int copies = random.nextInt(8) == 0 ? 2 : 1;
      ResourceSpans resource = resource(id, start, parent, rows);
      // In a block of its own each: a block merges what it has already.
      int first = random.nextInt(builders.size());
      for (int copy = 0; copy < copies; copy++) {
        builders.get((first + copy) % builders.size()).addResourceSpans(resource);
      }
    }
    traces.put(id, new Whole(id, rows));
  }

  private ResourceSpans resource(String traceId, long start, String parent, List<Row> rows) {
    Map<String, AnyValue> ofResource = new LinkedHashMap<>();
    Resource.Builder resource = Resource.newBuilder();
    String service = pick(SERVICES);
    if (!service.isEmpty()) {
      add(resource.addAttributesBuilder(), "service.name", text(service), ofResource);
    }
    for (String key : KEYS) {
      if (!key.equals("n") && random.nextInt(6) == 0) {
        add(resource.addAttributesBuilder(), key, value(), ofResource);
      }
    }
    String scope = random.nextBoolean() ? "io.lib" : "";
    return ResourceSpans.newBuilder()
        .setResource(resource)
        .addScopeSpans(
            ScopeSpans.newBuilder()
                .setScope(InstrumentationScope.newBuilder().setName(scope))
                .addSpans(span(traceId, start, parent, service, scope, ofResource, rows)))
        .build();
  }

  private Span span(
      String traceId,
      long start,
      String parent,
      String service,
      String scope,
      Map<String, AnyValue> ofResource,
      List<Row> rows) {
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(bytes(traceId))
            .setSpanId(bytes(hex(8)))
            .setParentSpanId(bytes(parent))
            .setName(pick(NAMES))
            .setKindValue(random.nextInt(6))
            .setStartTimeUnixNano(start)
            .setEndTimeUnixNano(start + 1_000_000L * random.nextInt(2_000));
    if (random.nextInt(3) > 0) {
      span.setStatus(Status.newBuilder().setCodeValue(random.nextInt(3)).setMessage(pick(TEXTS)));
    }
    Map<String, AnyValue> attributes = new LinkedHashMap<>();
    for (int n = random.nextInt(6); n > 0; n--) { // a key may come twice
      add(span.addAttributesBuilder(), pick(KEYS), value(), attributes);
    }
    for (int n = random.nextInt(3); n > 0; n--) {
      span.addEventsBuilder().setName(pick(NAMES));
    }
    rows.add(
        new Row(
            traceId,
            HexFormat.of().formatHex(span.getSpanId().toByteArray()),
            parent,
            span.getName(),
            span.getKindValue(),
            start,
            span.getEndTimeUnixNano() - start,
            span.getStatus().getCodeValue(),
            span.getStatus().getMessage(),
            service,
            scope,
            span.getEventsList().stream().map(Span.Event::getName).toList(),
            attributes,
            ofResource));
    return span.build();
  }

  private AnyValue value() {
    AnyValue.Builder value = AnyValue.newBuilder();
    return switch (random.nextInt(9)) {
      case 0 -> value.setIntValue(pick(List.of(5L, 0L, -3L, 9_007_199_254_740_993L))).build();
      case 1 ->
          value
              .setDoubleValue(pick(List.of(5.0, 0.1, -0.0, 1e10, Double.NaN, 9.007199254740992e15)))
              .build();
      case 2 -> value.setBoolValue(random.nextBoolean()).build();
      case 3 -> value.setArrayValue(array()).build();
      case 4 -> value.setBytesValue(ByteString.copyFromUtf8(pick(TEXTS))).build();
      default -> text(pick(TEXTS));
    };
  }

  /// Arrays in it happen.
  private ArrayValue array() {
    ArrayValue.Builder array = ArrayValue.newBuilder();
    for (int n = random.nextInt(4); n > 0; n--) {
      array.addValues(value());
    }
    return array.build();
  }

  private static AnyValue text(String text) {
    return AnyValue.newBuilder().setStringValue(text).build();
  }

  private static void add(
      KeyValue.Builder attribute, String key, AnyValue value, Map<String, AnyValue> into) {
    attribute.setKey(key).setValue(value);
    into.put(key, value);
  }

  /// The services of a trace, by name.
  static List<String> services(Whole trace) {
    return new LinkedHashSet<>(trace.rows.stream().map(Row::service).toList())
        .stream().sorted(TraceRows::compareUtf8).toList();
  }

  static int compareUtf8(String left, String right) {
    return Arrays.compareUnsigned(
        left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  <T> T pick(List<T> values) {
    return Objects.requireNonNull(values.get(random.nextInt(values.size())));
  }

  private String hex(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] = 1; // never all zero
    return HexFormat.of().formatHex(bytes);
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }
}
