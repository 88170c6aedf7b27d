package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.SpanMill;
import io.opentelemetry.proto.trace.v1.Span;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// SDK → real collector, configured as the page "import OpenTelemetry data" says → our agent and
/// server.
///
/// One thing differs from the page: k8sattributes has `passthrough: true`, because no Kubernetes
/// API server is here. It then sets k8s.pod.ip from the sender's address and nothing else.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CollectorIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Collector.Address COLLECTOR = Collector.Address.free();

  private DeepFlow up;
  private ServerClient server;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    RealParts.collector();
    up = DeepFlow.up(data).start();
    server = new ServerClient(up.address());
  }

  @AfterAll
  void stop() throws Exception {
    if (up != null) {
      up.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector-otlphttp.yaml", "collector-otlp_http.yaml"})
  void carriesATraceOfTheJavaagentWithTheHostThatK8sattributesSaw(String configuration)
      throws Exception {
    try (Collector _ = Collector.start(configuration, COLLECTOR, up.address().agent());
        JavaService shop = JavaService.start("shop-by-" + configuration, toCollector())) {
      String traceId = shop.order();

      Patience.await(SOON, () -> assertThat(spans(traceId)).hasSize(4));
      assertThat(spans(traceId))
          .extracting(Span::getKind)
          .containsExactlyInAnyOrder(
              Span.SpanKind.SPAN_KIND_SERVER,
              Span.SpanKind.SPAN_KIND_INTERNAL,
              Span.SpanKind.SPAN_KIND_CLIENT,
              Span.SpanKind.SPAN_KIND_SERVER);
      assertThat(hostAddresses(traceId)).containsOnly("127.0.0.1").isNotEmpty();
      assertThat(shop.log()).doesNotContain("Failed to export");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector-otlphttp.yaml", "collector-otlp_http.yaml"})
  void carriesEverySpanOfTelemetrygenOnce(String configuration) throws Exception {
    String service = "telemetrygen-by-" + configuration;
    try (Collector collector = Collector.start(configuration, COLLECTOR, up.address().agent())) {
      Telemetrygen.overGrpc(service + "-grpc", COLLECTOR.grpc(), 30);
      Telemetrygen.overHttp(service + "-http", COLLECTOR.http(), "/v1/traces", 30);
      collector.stop();

      for (String sent : List.of(service + "-grpc", service + "-http")) {
        Patience.await(
            SOON, () -> assertThat(count("Count(row)", sent)).isGreaterThanOrEqualTo(90));
        assertThat(count("Count(row)", sent)).isEqualTo(90);
        assertThat(count("UniqExact(span_id)", sent)).isEqualTo(90);
        assertThat(count("UniqExact(trace_id)", sent)).isEqualTo(30);
      }
      assertThat(collector.log()).doesNotContain("Exporting failed", "Dropping data");
    }
  }

  @Test
  void keepsTheAddressThatTheCollectorSawNotTheCollectorsOwn() throws Exception {
    SpanMill mill = LoadOn.mill("sender-elsewhere", 1, 1);
    try (Collector _ =
        Collector.start("collector-otlphttp.yaml", COLLECTOR, up.address().agent())) {
      URI collector = URI.create("http://127.0.0.1:" + COLLECTOR.http() + "/v1/traces");
      assertThat(OtlpPost.from("127.0.0.5", collector, "application/x-protobuf", mill.request(0)))
          .isEqualTo(200);

      String traceId = Otlp.traceIds(mill.request(0)).getFirst();
      Patience.await(SOON, () -> assertThat(spans(traceId)).hasSize(1));
      assertThat(hostAddresses(traceId)).containsExactly("127.0.0.5");
    }
  }

  private long count(String aggregate, String service) throws Exception {
    return server.number(
        "SELECT " + aggregate + " AS n FROM l7_flow_log WHERE app_service = '" + service + "'");
  }

  private static Map<String, String> toCollector() {
    return Map.of(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "grpc",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://127.0.0.1:" + COLLECTOR.grpc());
  }

  private List<Span> spans(String traceId) throws Exception {
    return server.trace(traceId).map(Otlp::spans).orElse(List.of());
  }

  private List<String> hostAddresses(String traceId) throws Exception {
    return server.trace(traceId).map(Otlp::hostAddresses).orElse(List.of());
  }
}
