package deepflow.acceptance;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The demo's shop against our agent and server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Set<String> SERVICES =
      Set.of("gateway", "inventory", "orders", "pricing", "fulfilment");
  private static final Pattern FAILS =
      Pattern.compile("(?m)^ {2}(\\S+) fails when (\\S+) is (\\S+)$");

  @TempDir private Path data;
  private DeepFlow up;
  private ServerClient server;

  @BeforeAll
  void start(@TempDir Path store) throws Exception {
    up = DeepFlow.up(store).start();
    server = new ServerClient(up.address());
  }

  @AfterAll
  void stop() throws Exception {
    if (up != null) {
      up.stop();
    }
  }

  @Test
  void sellsThroughFiveServicesAndTellsAtTheEndWhatTheSpansShow() throws Exception {
    try (Demo demo = shop("--rate=10", "--seed=" + (Tier.SEED & 0xFFFF), "--reveal")) {
      demo.awaitOpen();
      Patience.await(SOON, () -> assertThat(wholeCheckout()).isPresent());
      TracesData checkout = wholeCheckout().orElseThrow();
      speaksEveryProtocol(checkout);
      hasOneRootAndNoOrphan(checkout);
      linksLeadToSpansThatAreThere(checkout);

      Patience.await(SOON, () -> assertThat(errorsOfOwnWork("")).isGreaterThan(5));
      List<ProcessHandle> children = demo.children();
      assertThat(demo.process().terminate(SOON)).isZero();
      assertThat(children).noneMatch(ProcessHandle::isAlive);
      errorsHangOnTheAttributeThatWasPlanted(demo.process().log());
    }
  }

  @Test
  void leavesNoProcessBehindWhenItIsKilled() throws Exception {
    try (Demo demo = shop()) {
      List<ProcessHandle> children = demo.awaitOpen().children();
      assertThat(children).hasSizeGreaterThanOrEqualTo(SERVICES.size());

      demo.process().kill();

      Patience.await(
          SOON, () -> assertThat(children.stream().filter(ProcessHandle::isAlive)).isEmpty());
    }
  }

  @Test
  void saysThatUpIsMissingWhenNobodyListens() throws Exception {
    URI nobody = URI.create("http://127.0.0.1:" + Ports.free());
    try (Demo demo = Demo.start(nobody, data)) {
      assertThat(demo.process().await(SOON)).isEqualTo(1);
      assertThat(demo.process().log()).contains("run ./deepflow up first");
    }
  }

  @Test
  void sendsThroughARealCollectorWhenAsked() throws Exception {
    assumeTrue(Tier.LONG, "in the long tier");
    RealParts.collector();
    try (Demo demo = shop("--collector")) {
      demo.awaitOpen();
      Patience.await(
          SOON,
          () ->
              assertThat(wholeCheckout().map(DemoIT::resourceKeys))
                  .hasValueSatisfying(
                      keys -> assertThat(keys).contains("k8s.pod.ip", "app.host.ip")));
    }
  }

  private Demo shop(String... more) throws Exception {
    URI otlp = URI.create("http://127.0.0.1:" + up.address().otlpHttp());
    return Demo.start(otlp, data, more);
  }

  /// A trace in which every service has worked. What fulfilment asks of inventory (kind 3, CLIENT)
  /// belongs to an order's trace, unlike the batches that it takes from the queue.
  private Optional<TracesData> wholeCheckout() throws Exception {
    List<List<JsonNode>> ids =
        server.query(
            "SELECT trace_id FROM l7_flow_log WHERE app_service = 'fulfilment' AND span_kind = 3"
                + " ORDER BY time DESC LIMIT 20");
    for (List<JsonNode> row : ids) {
      Optional<TracesData> trace = server.trace(row.getFirst().asString());
      if (trace.isPresent() && services(trace.get()).equals(SERVICES)) {
        return trace;
      }
    }
    return Optional.empty();
  }

  private static void speaksEveryProtocol(TracesData trace) {
    Set<String> keys = spans(trace).flatMap(DemoIT::keys).collect(toSet());
    assertThat(keys)
        .contains("http.request.method", "rpc.system", "db.system.name", "messaging.system")
        .as("the older names, by Python")
        .contains("http.method", "db.system")
        .as("a customer's traits")
        .contains("customer.tier", "payment.method", "warehouse");
  }

  private static void hasOneRootAndNoOrphan(TracesData trace) {
    Set<ByteString> ids = spans(trace).map(Span::getSpanId).collect(toSet());
    assertThat(spans(trace).filter(span -> span.getParentSpanId().isEmpty())).hasSize(1);
    assertThat(spans(trace).map(Span::getParentSpanId).filter(parent -> !parent.isEmpty()))
        .isSubsetOf(ids);
  }

  private void linksLeadToSpansThatAreThere(TracesData trace) throws Exception {
    List<Span.Link> links =
        spans(trace)
            .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_CONSUMER)
            .flatMap(span -> span.getLinksList().stream())
            .toList();
    assertThat(links).hasSizeGreaterThanOrEqualTo(2);
    for (Span.Link link : links) {
      Optional<TracesData> linked =
          server.trace(HexFormat.of().formatHex(link.getTraceId().toByteArray()));
      assertThat(linked).isPresent();
      assertThat(spans(linked.get()).map(Span::getSpanId)).contains(link.getSpanId());
    }
  }

  private void errorsHangOnTheAttributeThatWasPlanted(String log) throws Exception {
    Matcher fault = FAILS.matcher(log);
    assertThat(fault.find()).as(log).isTrue();
    String service = " AND app_service = '" + fault.group(1) + "'";
    String attribute = " AND `attribute." + fault.group(2) + "`";
    String value = " '" + fault.group(3) + "'";
    Patience.await(
        SOON,
        () ->
            assertThat(errorsOfOwnWork(service + attribute + " =" + value))
                .as(log)
                .isGreaterThan(5 * errorsOfOwnWork(service + attribute + " !=" + value)));
  }

  /// Server errors in spans of kind INTERNAL: in what a service does itself, and not in what it
  /// asks of others.
  private long errorsOfOwnWork(String condition) throws Exception {
    return server.number(
        "SELECT Count(row) AS spans FROM l7_flow_log WHERE response_status = 3 AND span_kind = 1"
            + condition);
  }

  private static Set<String> services(TracesData trace) {
    return trace.getResourceSpansList().stream()
        .flatMap(spans -> spans.getResource().getAttributesList().stream())
        .filter(attribute -> attribute.getKey().equals("service.name"))
        .map(attribute -> attribute.getValue().getStringValue())
        .collect(toSet());
  }

  private static Set<String> resourceKeys(TracesData trace) {
    return trace.getResourceSpansList().stream()
        .map(ResourceSpans::getResource)
        .flatMap(resource -> resource.getAttributesList().stream())
        .map(KeyValue::getKey)
        .collect(toSet());
  }

  private static Stream<Span> spans(TracesData trace) {
    return trace.getResourceSpansList().stream()
        .flatMap(resource -> resource.getScopeSpansList().stream())
        .flatMap(scope -> scope.getSpansList().stream());
  }

  private static Stream<String> keys(Span span) {
    return span.getAttributesList().stream().map(KeyValue::getKey);
  }
}
