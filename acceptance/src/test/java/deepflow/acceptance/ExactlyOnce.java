package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.SpanMill;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/// Whether a server has what a load's requests held: all of it, nothing twice, nothing besides.
final class ExactlyOnce {
  private final ServerClient server;
  private final SpanMill mill;
  private final BitSet accepted;

  /// @param accepted numbers of the requests that were acknowledged, which must be all that were
  ///   sent
  ExactlyOnce(ServerClient server, SpanMill mill, BitSet accepted) {
    this.server = server;
    this.mill = mill;
    this.accepted = accepted;
  }

  private long requests() {
    return accepted.cardinality();
  }

  private long spans() {
    return requests() * mill.spansInRequest();
  }

  /// Waits until the server has as many spans as were acknowledged, then counts them in every way
  /// and reads a sample back whole.
  ///
  /// @param catchUp how long the agent may still have to send after the last acknowledgement
  void check(Duration catchUp, int sampledTraces) throws Exception {
    assertThat(requests()).as("a run without an accepted request says nothing").isPositive();
    Patience.await(
        catchUp,
        () ->
            assertThat(count("Count(row)"))
                .as("spans of %s", mill.service())
                .isGreaterThanOrEqualTo(spans()));
    assertThat(count("Count(row)")).as("spans in all, %s", seed()).isEqualTo(spans());
    assertThat(count("UniqExact(span_id)")).as("distinct span ids, %s", seed()).isEqualTo(spans());
    assertThat(count("UniqExact(trace_id)"))
        .as("distinct trace ids, %s", seed())
        .isEqualTo(requests() * mill.tracesInRequest());
    everyTraceIsWhole("ASC");
    everyTraceIsWhole("DESC");
    readBack(sampledTraces);
    Patience.await(catchUp, this::theLedgerBalances);
  }

  /// Agents report what they have received every few seconds. A request whose acknowledgement got
  /// lost in a kill comes again: it is received twice and merged once.
  private void theLedgerBalances() throws Exception {
    Map<String, Long> sums = new HashMap<>();
    JsonNode ledger = server.json("/v1/ledger");
    for (JsonNode row : ledger.path("values")) {
      for (int i = 1; i < row.size(); i++) {
        sums.merge(ledger.path("columns").get(i).asString(), row.get(i).asLong(), Long::sum);
        if (ledger.path("columns").get(i).asString().equals("difference")) {
          assertThat(row.get(i).asLong()).as("difference in %s, %s", ledger, seed()).isZero();
        }
      }
    }
    assertThat(sums)
        .as("%s, %s", ledger, seed())
        .containsEntry("received", spans() + sums.getOrDefault("merged", 0L))
        .containsEntry("stored", spans())
        .containsEntry("queued", 0L)
        .containsEntry("refused", 0L)
        .containsEntry("damaged", 0L);
  }

  private long count(String aggregate) throws Exception {
    return server.number(
        "SELECT %s AS n FROM l7_flow_log WHERE app_service = '%s'"
            .formatted(aggregate, mill.service()));
  }

  /// The trace with the fewest spans, and the one with the most, have the number that each was sent
  /// with.
  private void everyTraceIsWhole(String order) throws Exception {
    List<List<JsonNode>> rows =
        server.query(
            "SELECT trace_id, Count(row) AS n FROM l7_flow_log WHERE app_service = '"
                + mill.service()
                + "' GROUP BY trace_id ORDER BY n "
                + order
                + " LIMIT 1");
    assertThat(rows).hasSize(1);
    assertThat(rows.getFirst().get(1).asLong())
        .as("spans of trace %s, %s", rows.getFirst().get(0), seed())
        .isEqualTo(mill.spansInTrace());
  }

  private void readBack(int sampledTraces) throws Exception {
    Random random = Tier.random("sampled traces");
    int[] numbers = accepted.stream().toArray();
    for (int i = 0; i < sampledTraces; i++) {
      int number = numbers[random.nextInt(numbers.length)];
      ResourceSpans sent =
          ExportTraceServiceRequest.parseFrom(mill.request(number)).getResourceSpans(0);
      int trace = random.nextInt(mill.tracesInRequest());
      List<Span> spans =
          sent.getScopeSpans(0)
              .getSpansList()
              .subList(trace * mill.spansInTrace(), (trace + 1) * mill.spansInTrace());
      String id = HexFormat.of().formatHex(spans.getFirst().getTraceId().toByteArray());
      TracesData stored =
          server.trace(id).orElseThrow(() -> new AssertionError("no trace " + id + ", " + seed()));
      assertSame(sent, spans, stored);
    }
  }

  private void assertSame(ResourceSpans sent, List<Span> spans, TracesData stored) {
    List<Span> storedSpans =
        stored.getResourceSpansList().stream()
            .flatMap(one -> one.getScopeSpansList().stream())
            .flatMap(one -> one.getSpansList().stream())
            .toList();
    assertThat(storedSpans).as(seed()).containsExactlyInAnyOrderElementsOf(spans);
    for (ResourceSpans one : stored.getResourceSpansList()) {
      assertThat(one.getSchemaUrl()).isEqualTo(sent.getSchemaUrl());
      assertThat(one.getResource().getAttributesList())
          .filteredOn(attribute -> !isHostIp(attribute))
          .containsExactlyElementsOf(sent.getResource().getAttributesList());
      assertThat(one.getResource().getAttributesList())
          .filteredOn(ExactlyOnce::isHostIp)
          .hasSize(1);
      for (ScopeSpans scope : one.getScopeSpansList()) {
        assertThat(scope.getScope()).isEqualTo(sent.getScopeSpans(0).getScope());
      }
    }
  }

  private static boolean isHostIp(KeyValue attribute) {
    return attribute.getKey().equals("app.host.ip")
        && attribute.getValue().getStringValue().equals("127.0.0.1");
  }

  private static String seed() {
    return "tests.seed=" + Tier.SEED;
  }
}
