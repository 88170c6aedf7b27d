package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.benchmarks.SpanMill;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Real SDKs straight to our agent, on each of its ports and by each transport.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SdkIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");

  private DeepFlow up;
  private ServerClient server;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    up = DeepFlow.up(data).start();
    server = new ServerClient(up.address());
  }

  @AfterAll
  void stop() throws Exception {
    up.stop();
  }

  @ParameterizedTest
  @ValueSource(strings = {"own port", "OTLP/gRPC port", "OTLP/HTTP port"})
  void takesTheJavaSdkByGrpcOnEveryPort(String which) throws Exception {
    String endpoint = "http://127.0.0.1:" + port(which);
    sendAndReadBack(
        OtlpGrpcSpanExporter.builder().setEndpoint(endpoint).setCompression("gzip").build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"own port", "OTLP/gRPC port", "OTLP/HTTP port"})
  void takesTheJavaSdkByHttpOnEveryPort(String which) throws Exception {
    String endpoint = "http://127.0.0.1:" + port(which) + "/v1/traces";
    sendAndReadBack(OtlpHttpSpanExporter.builder().setEndpoint(endpoint).build());
  }

  @Test
  void takesTheJavaSdkCompressedOnDeepFlowsPath() throws Exception {
    String endpoint = up.address().deepFlowTraces().toString();
    sendAndReadBack(
        OtlpHttpSpanExporter.builder().setEndpoint(endpoint).setCompression("gzip").build());
  }

  @ParameterizedTest
  @CsvSource({"/v1/traces,none", "/api/v1/otel/trace,gzip"})
  void takesTheJsonOfTheJavaScriptSdk(String path, String compression) throws Exception {
    readBack(JsSdk.send("http://127.0.0.1:" + up.address().agent() + path, compression));
  }

  @Test
  void takesTheJavaagentStraight() throws Exception {
    Map<String, String> exporter =
        Map.of(
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/protobuf",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1:" + up.address().otlpHttp());
    try (JavaService shop = JavaService.start("shop-straight", exporter)) {
      String traceId = shop.order();

      Patience.await(SOON, () -> assertThat(trace(traceId).getResourceSpansList()).isNotEmpty());
      Patience.await(SOON, () -> assertThat(Otlp.spans(trace(traceId))).hasSize(4));
      assertThat(Otlp.hostAddresses(trace(traceId))).isNotEmpty().containsOnly("127.0.0.1");
      assertThat(shop.log()).doesNotContain("Failed to export");
    }
  }

  @Test
  void takesTelemetrygenStraight() throws Exception {
    Telemetrygen.overGrpc("straight-grpc", up.address().agent(), 20);
    Telemetrygen.overHttp("straight-http", up.address().agent(), "/api/v1/otel/trace", 20);

    for (String service : new String[] {"straight-grpc", "straight-http"}) {
      String of = " AS n FROM l7_flow_log WHERE app_service = '" + service + "'";
      Patience.await(
          SOON,
          () -> assertThat(server.number("SELECT Count(row)" + of)).isGreaterThanOrEqualTo(60));
      assertThat(server.number("SELECT Count(row)" + of)).isEqualTo(60);
      assertThat(server.number("SELECT UniqExact(span_id)" + of)).isEqualTo(60);
    }
  }

  @Test
  void fillsInTheAddressOfASenderThatNamesNone() throws Exception {
    SpanMill mill = LoadOn.mill("sender-elsewhere", 1, 1);
    byte[] request = mill.request(0);

    assertThat(
            OtlpPost.from(
                "127.0.0.7", up.address().otlpTraces(), "application/x-protobuf", request))
        .isEqualTo(200);

    String traceId = Otlp.traceIds(request).getFirst();
    Patience.await(
        SOON, () -> assertThat(Otlp.hostAddresses(trace(traceId))).containsExactly("127.0.0.7"));
  }

  private int port(String which) {
    return switch (which) {
      case "own port" -> up.address().agent();
      case "OTLP/gRPC port" -> up.address().otlpGrpc();
      case "OTLP/HTTP port" -> up.address().otlpHttp();
      default -> throw new IllegalArgumentException(which);
    };
  }

  private void sendAndReadBack(SpanExporter exporter) throws Exception {
    readBack(send(exporter));
  }

  /// Sends a parent and a child that uses all that the SDK's API offers.
  ///
  /// @return the trace id
  private static String send(SpanExporter exporter) {
    Resource resource = Resource.create(Attributes.of(SERVICE, "sdk"));
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(resource)
            .addSpanProcessor(SimpleSpanProcessor.create(exporter))
            .build()) {
      var tracer = provider.tracerBuilder("sdk-it").setInstrumentationVersion("3.1").build();
      var parent = tracer.spanBuilder("parent").setSpanKind(SpanKind.PRODUCER).startSpan();
      var child =
          tracer
              .spanBuilder("child")
              .setParent(Context.root().with(parent))
              .setSpanKind(SpanKind.CONSUMER)
              .addLink(parent.getSpanContext(), Attributes.builder().put("link", "yes").build())
              .setAttribute("text", "три книги")
              .setAttribute("whole", -9007199254740991L)
              .setAttribute("broken", Double.MIN_VALUE)
              .setAttribute("truth", true)
              .setAttribute(AttributeKey.longArrayKey("numbers"), List.of(1L, -1L))
              .startSpan();
      child.addEvent("happened", Attributes.builder().put("attempt", 2).build());
      child.setStatus(StatusCode.ERROR, "on purpose");
      child.end();
      parent.end();
      return parent.getSpanContext().getTraceId();
    }
  }

  private void readBack(String traceId) throws Exception {
    Patience.await(SOON, () -> assertThat(Otlp.spans(trace(traceId))).hasSize(2));
    TracesData trace = trace(traceId);
    assertThat(trace.getResourceSpans(0).getScopeSpans(0).getScope().getVersion()).isEqualTo("3.1");
    Map<String, Span> spans =
        Otlp.spans(trace).stream().collect(Collectors.toMap(Span::getName, span -> span));
    Span parent = spans.get("parent");
    Span child = spans.get("child");
    assertThat(parent).isNotNull();
    assertThat(child).isNotNull();
    assertThat(child.getTraceId()).isEqualTo(ByteString.copyFrom(HexFormat.of().parseHex(traceId)));
    assertThat(child.getParentSpanId()).isEqualTo(parent.getSpanId());
    assertThat(child.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CONSUMER);
    assertThat(child.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
    assertThat(child.getStatus().getMessage()).isEqualTo("on purpose");
    assertThat(child.getLinks(0).getSpanId()).isEqualTo(parent.getSpanId());
    assertThat(child.getEvents(0).getName()).isEqualTo("happened");
    assertThat(child.getEvents(0).getAttributes(0).getValue().getIntValue()).isEqualTo(2);
    assertThat(attribute(child, "text").getStringValue()).isEqualTo("три книги");
    // The least whole number that JavaScript tells from its neighbours; the Java SDK sends it too.
    assertThat(attribute(child, "whole").getIntValue()).isEqualTo(-9007199254740991L);
    assertThat(attribute(child, "broken").getDoubleValue()).isEqualTo(Double.MIN_VALUE);
    assertThat(attribute(child, "truth").getBoolValue()).isTrue();
    assertThat(attribute(child, "numbers").getArrayValue().getValues(1).getIntValue())
        .isEqualTo(-1);
  }

  private TracesData trace(String traceId) throws Exception {
    return server.trace(traceId).orElse(TracesData.getDefaultInstance());
  }

  private static AnyValue attribute(Span span, String key) {
    return span.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals(key))
        .map(KeyValue::getValue)
        .findFirst()
        .orElseThrow();
  }
}
