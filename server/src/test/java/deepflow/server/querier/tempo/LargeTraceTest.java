package deepflow.server.querier.tempo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.http.HttpServer;
import deepflow.server.http.LoopbackServer;
import deepflow.server.http.Routes;
import deepflow.server.http.Workers;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.storage.Engine;
import deepflow.server.storage.SpanReader;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Traces by their id where an answer has less room than they need.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LargeTraceTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final long BEGIN = 1_700_000_000_000_000_000L;
  private static final int ANSWER_BYTES_MAX = 64 << 10;
  private static final int LARGE = 1;
  private static final int SMALL = 2;
  private static final int LARGE_SPAN = 3;

  private final Random random = new Random(SEED);
  private final AtomicInteger reads = new AtomicInteger();
  private final Workers workers = new Workers(2, 2);
  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable HttpServer server;

  /// The spans of the large trace by their start.
  private final List<Span> large = new ArrayList<>();

  @BeforeAll
  void start() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), random);
    for (int i = 0; i < 300; i++) {
      large.add(span(LARGE, i, random.nextInt(2_000)));
    }
    List<Span> shuffled = new ArrayList<>(large);
    Collections.shuffle(shuffled, random);
    for (int from = 0; from < shuffled.size(); from += 100) {
      store.put(request(shuffled.subList(from, from + 100)));
    }
    store.put(request(List.of(span(SMALL, 0, 10), span(SMALL, 1, 10))));
    store.put(request(List.of(span(LARGE_SPAN, 0, ANSWER_BYTES_MAX), span(LARGE_SPAN, 1, 1))));
    Routes routes = new Routes();
    QueryLimits limits =
        new QueryLimits(Duration.ofSeconds(30), 512L << 20, ANSWER_BYTES_MAX, 2, 2);
    new TempoApi(new SpanReader(new Counting()), limits, workers).publish(routes);
    server = LoopbackServer.of(routes);
  }

  @AfterAll
  void close() {
    Objects.requireNonNull(server).close();
    workers.close();
  }

  /// Counts the statements that read spans.
  private final class Counting extends ForwardingClickHouse {
    Counting() {
      super(engine.clickHouse());
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      if (query.sql().contains("FROM deepflow.spans")) {
        reads.incrementAndGet();
      }
      return super.query(query);
    }
  }

  private static Span span(int trace, int number, int nameLength) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("%032x".formatted(trace)))
        .setSpanId(ByteString.fromHex("%016x".formatted(1_000 - number)))
        .setName(number + "x".repeat(nameLength))
        .setStartTimeUnixNano(BEGIN + number * 100_000_000L)
        .setEndTimeUnixNano(BEGIN + number * 100_000_000L + 1)
        .build();
  }

  private static TracesData request(List<Span> spans) {
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder().addScopeSpans(ScopeSpans.newBuilder().addAllSpans(spans)))
        .build();
  }

  private HttpResponse<byte[]> get(String path, int trace, boolean protobuf) throws Exception {
    int port = Objects.requireNonNull(server).address().getPort();
    reads.set(0);
    return http.send(
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:%s%s%x".formatted(Integer.toString(port), path, trace)))
            .header("accept", protobuf ? "application/protobuf" : "application/json")
            .build(),
        BodyHandlers.ofByteArray());
  }

  private static List<Span> spans(TracesData data) {
    return data.getResourceSpansList().stream()
        .flatMap(resource -> resource.getScopeSpansList().stream())
        .flatMap(scope -> scope.getSpansList().stream())
        .toList();
  }

  /// The first spans by start and no more than there is room for, most of it taken, read at once.
  private void assertCut(HttpResponse<byte[]> answer, List<Span> spans) {
    String description = "tests.seed=%s".formatted(SEED);
    assertThat(answer.statusCode()).as(description).isEqualTo(200);
    assertThat(answer.body().length)
        .as(description)
        .isBetween(ANSWER_BYTES_MAX / 2, ANSWER_BYTES_MAX + TraceBody.BESIDE_BYTES_MAX);
    assertThat(spans).as(description).isEqualTo(large.subList(0, spans.size()));
    assertThat(answer.headers().firstValue("x-deepflow-partial").orElseThrow())
        .as(description)
        .contains("these are the first %s by start".formatted(spans.size()));
    assertThat(reads).as(description).hasValue(1);
  }

  @Test
  void theFirstSpansThatFitAreGivenAsProtobuf() throws Exception {
    HttpResponse<byte[]> v1 = get("/api/traces/", LARGE, true);
    HttpResponse<byte[]> v2 = get("/api/v2/traces/", LARGE, true);
    UnknownFieldSet answer = UnknownFieldSet.parseFrom(v2.body());

    assertCut(v1, spans(TracesData.parseFrom(v1.body())));
    assertCut(
        v2, spans(TracesData.parseFrom(answer.getField(1).getLengthDelimitedList().getFirst())));
    assertThat(answer.getField(3).getVarintList()).containsExactly(1L);
    assertThat(answer.getField(4).getLengthDelimitedList().getFirst().toStringUtf8())
        .contains("more spans than fit");
  }

  @Test
  void theFirstSpansThatFitAreGivenAsJson() throws Exception {
    HttpResponse<byte[]> v1 = get("/api/traces/", LARGE, false);
    HttpResponse<byte[]> v2 = get("/api/v2/traces/", LARGE, false);
    JsonNode first = new JsonMapper().readTree(v1.body());
    JsonNode second = new JsonMapper().readTree(v2.body());

    assertCut(v1, named(first.path("batches")));
    assertCut(v2, named(second.path("trace").path("resourceSpans")));
    assertThat(second.path("status").asString()).isEqualTo("PARTIAL");
    assertThat(second.path("message").asString()).contains("more spans than fit");
  }

  /// The spans of those names, in the order of the answer.
  private List<Span> named(JsonNode resources) {
    return resources
        .path(0)
        .path("scopeSpans")
        .path(0)
        .path("spans")
        .valueStream()
        .map(span -> span.path("name").asString())
        .map(name ->
            large.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow())
        .toList();
  }

  @Test
  void aTraceThatFitsIsWhole() throws Exception {
    HttpResponse<byte[]> answer = get("/api/v2/traces/", SMALL, false);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("x-deepflow-partial")).isEmpty();
    assertThat(new String(answer.body(), UTF_8)).doesNotContain("PARTIAL").contains("1xxxxx");
  }

  @Test
  void aFirstSpanThatIsTooLargeIsRefusedAndNotMissed() throws Exception {
    assertThat(get("/api/v2/traces/", LARGE_SPAN, true).statusCode()).isEqualTo(413);
    assertThat(get("/api/traces/", LARGE_SPAN, false).statusCode()).isEqualTo(413);
    assertThat(get("/api/traces/", 4, false).statusCode()).isEqualTo(404);
  }
}
