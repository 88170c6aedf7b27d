package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.Shop;
import deepflow.server.querier.sql.CompatibilityTable.Line;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// The tables of tags and metrics in `docs/compatibility.md`: each line of a [CompatibilityTable]
/// is asked of a stored span, and the document says what the lines say. With
/// `-Dtests.snapshots=update` the tables are written anew.
class CompatibilityTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Path DOCUMENT = Path.of("../docs/compatibility.md");
  private static final String CONTAINS = "contains ";

  @BeforeAll
  static void store() throws Exception {
    new SpanStore(engine.clickHouse(), 7)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .setResource(
                            Resource.newBuilder()
                                .addAttributes(word("service.name", "cart"))
                                .addAttributes(word("service.instance.id", "cart-1"))
                                .addAttributes(word("k8s.pod.uid", "1")))
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span())))
                .build(),
            Shop.snapshot());
  }

  private static Span span() {
    return Span.newBuilder()
        .setName("buys")
        .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
        .setTraceId(id(16, 1))
        .setSpanId(id(8, 1))
        .setParentSpanId(id(8, 9))
        .setStartTimeUnixNano(Shop.START + 100 * Shop.SECOND)
        .setEndTimeUnixNano(Shop.START + 101 * Shop.SECOND)
        .addAttributes(word("network.peer.address", "10.1.0.6"))
        .addAttributes(number("server.port", 80))
        .addAttributes(word("server.address", "orders.shop"))
        .addAttributes(word("url.full", "https://orders.shop/orders"))
        .addAttributes(word("http.request.method", "POST"))
        .addAttributes(word("network.protocol.version", "1.1"))
        .addAttributes(number("http.response.status_code", 503))
        .addAttributes(number("http.request.body.size", 120))
        .addAttributes(number("http.response.body.size", 30))
        .addAttributes(number("cassandra.page.size", 5))
        .addAttributes(word("web.vitals.LCP.value", "2.5"))
        .setStatus(
            Status.newBuilder()
                .setCode(Status.StatusCode.STATUS_CODE_ERROR)
                .setMessage("out of stock"))
        .addEvents(Span.Event.newBuilder().setName("exception"))
        .build();
  }

  private static ByteString id(int length, long number) {
    return ByteString.copyFrom(ByteBuffer.allocate(length).putLong(length - 8, number).array());
  }

  private static KeyValue word(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static KeyValue number(String key, long value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setIntValue(value))
        .build();
  }

  private static String asked(CompatibilityTable table, String expression) {
    SqlAnswer answer =
        AskedSql.answer(
            engine, table.database, "SELECT %s AS x FROM %s".formatted(expression, table.table()));
    if (answer.outcome() == SqlAnswer.Outcome.REFUSED) {
      return "refused";
    }
    JsonNode value = AskedSql.values(answer).path(0).path(0);
    return value.isNull() ? "NULL" : value.isString() ? value.asString() : value.toString();
  }

  @ParameterizedTest
  @EnumSource
  void eachLineHoldsForAStoredSpan(CompatibilityTable table) throws Exception {
    List<String> wrong = new ArrayList<>();
    for (Line line : table.lines()) {
      String found = asked(table, line.expression());
      boolean holds =
          line.value().startsWith(CONTAINS)
              ? found.contains(line.value().substring(CONTAINS.length()))
              : found.equals(line.value());
      if (!holds || found.equals("refused") != line.isRefused()) {
        wrong.add("%s: %s gives %s".formatted(line, line.expression(), found));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void everyTagAndMetricHasALine(CompatibilityTable table) throws Exception {
    Set<String> known = new TreeSet<>();
    Catalogue catalogue = catalogue(table.table());
    catalogue.tags().forEach(tag -> known.add(tag.isListed() ? withoutSide(tag.name()) : "*_id"));
    catalogue.metrics().forEach(metric -> known.add(metric.name()));
    Set<String> listed = new TreeSet<>();
    table.lines().stream()
        .filter(line -> !line.isMissing())
        .forEach(line -> listed.add(line.name()));
    assertThat(listed).isEqualTo(known);
  }

  private static Catalogue catalogue(String table) {
    Catalogue log = Catalogue.l7FlowLog();
    return Stream.concat(Stream.of(log), Catalogue.flowMetrics(log).stream())
        .filter(catalogue -> catalogue.name().equals(table))
        .findFirst()
        .orElseThrow();
  }

  private static String withoutSide(String name) {
    return name.endsWith("_0") || name.endsWith("_1") ? name.substring(0, name.length() - 2) : name;
  }

  @ParameterizedTest
  @EnumSource
  void theDocumentSaysWhatTheLinesSay(CompatibilityTable table) throws Exception {
    StringBuilder said = new StringBuilder("| tag or metric | here | |\n|---|---|---|\n");
    for (Line line : table.lines()) {
      said.append("| `%s` | %s | %s |%n".formatted(line.name(), line.verdict(), line.remark()));
    }
    String document = Files.readString(DOCUMENT);
    String mark = "<!-- table of CompatibilityTest: %s: %%s -->\n".formatted(table.table());
    int begin = document.indexOf(mark.formatted("begin")) + mark.formatted("begin").length();
    int end = document.indexOf(mark.formatted("end"));
    assertThat(end).as("the marks of the table in %s", DOCUMENT).isGreaterThanOrEqualTo(begin);
    if (System.getProperty("tests.snapshots", "").equals("update")) {
      Files.writeString(DOCUMENT, document.substring(0, begin) + said + document.substring(end));
    }
    assertThat(document.substring(begin, end)).isEqualTo(said.toString());
  }
}
