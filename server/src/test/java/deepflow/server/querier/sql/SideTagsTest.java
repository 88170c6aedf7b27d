package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Shop;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// The tags of both sides of a span, by the real engine.
class SideTagsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final LabelSnapshot SHOP = Shop.snapshot();
  private static long spans;

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), 7);
    store.add(
        trace(
            Map.of("service.name", "cart", "k8s.pod.uid", "1"),
            span("calls", SpanKind.SPAN_KIND_CLIENT)
                .addAttributes(word("network.peer.address", "10.1.0.6"))
                .addAttributes(number("server.port", 80))
                .build(),
            span("serves", SpanKind.SPAN_KIND_SERVER)
                .addAttributes(word("network.peer.address", "10.0.0.2"))
                .addAttributes(number("server.port", 9090))
                .build(),
            span("asks", SpanKind.SPAN_KIND_CLIENT)
                .addAttributes(word("server.address", "db.shop"))
                .build(),
            span("works", SpanKind.SPAN_KIND_INTERNAL).build()),
        SHOP);
    store.add(
        trace(
            Map.of("service.name", "alone", "host.name", "web-1", "app.host.ip", "192.0.2.1"),
            span("alone", SpanKind.SPAN_KIND_CLIENT)
                .addAttributes(word("network.peer.address", "192.0.2.7"))
                .build()),
        LabelSnapshot.empty());
    store.add(
        trace(
            Map.of("k8s.pod.label.db.system", "mssql"),
            span("labelled", SpanKind.SPAN_KIND_INTERNAL)
                .addAttributes(word("http.request.method", "GET"))
                .build()),
        LabelSnapshot.empty());
  }

  private static TracesData trace(Map<String, String> resource, Span... all) {
    Resource.Builder words = Resource.newBuilder();
    resource.forEach((key, value) -> words.addAttributes(word(key, value)));
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(words)
                .addScopeSpans(ScopeSpans.newBuilder().addAllSpans(List.of(all))))
        .build();
  }

  private static Span.Builder span(String name, SpanKind kind) {
    byte[] id = ByteBuffer.allocate(8).putLong(++spans).array();
    return Span.newBuilder()
        .setName(name)
        .setKind(kind)
        .setTraceId(ByteString.copyFrom(new byte[8]).concat(ByteString.copyFrom(id)))
        .setSpanId(ByteString.copyFrom(id))
        .setStartTimeUnixNano(Shop.START + 100 * Shop.SECOND)
        .setEndTimeUnixNano(Shop.START + 101 * Shop.SECOND);
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

  private static List<String> rows(String sql) {
    List<String> rows = new ArrayList<>();
    for (JsonNode row : AskedSql.values(engine, sql)) {
      List<String> values = new ArrayList<>();
      row.forEach(value -> values.add(shown(value)));
      rows.add(String.join(" | ", values));
    }
    return rows;
  }

  private static String shown(JsonNode value) {
    return value.isNull() ? "NULL" : value.isArray() ? value.toString() : value.asString();
  }

  private static String row(String columns, String endpoint) {
    List<String> rows =
        rows("SELECT %s FROM l7_flow_log WHERE endpoint = '%s'".formatted(columns, endpoint));
    assertThat(rows).hasSize(1);
    return rows.getFirst();
  }

  @Test
  void aClientIsSideZeroAndWhomItCallsSideOne() {
    assertThat(row("pod_0, pod_1, pod_ns_1, pod_group_1, pod_service_0, pod_service_1", "calls"))
        .isEqualTo("cart-5d4-a | orders-5d4-a | shop | orders |  | orders");
    assertThat(row("auto_instance_0, auto_instance_1, auto_service_0, auto_service_1", "calls"))
        .isEqualTo("cart-5d4-a | orders-5d4-a | cart | orders");
    assertThat(
            row(
                "Enum(auto_instance_type_1), Enum(auto_service_type_0), Enum(auto_service_type_1),"
                    + " Enum(pod_group_type_0)",
                "calls"))
        .isEqualTo("K8s POD | Deployment | Service | Deployment");
    assertThat(row("region_0, az_1, chost_0, pod_cluster_1, pod_node_1", "calls"))
        .isEqualTo("north | n-1 | node-1 | prod | node-1");
  }

  @Test
  void aServersPortChoosesItsService() {
    assertThat(row("pod_1, pod_service_1, pod_0, pod_node_0, tag_source_0", "serves"))
        .isEqualTo("cart-5d4-a | cart-admin |  | node-2 | node address: sent through a NodePort?");
  }

  @Test
  void aNameLeadsToAService() {
    assertThat(row("auto_instance_1, Enum(auto_instance_type_1), tag_source_1", "asks"))
        .isEqualTo("db | K8s Service | service name");
  }

  @Test
  void saysWhyASideHasNoTags() {
    assertThat(row("tag_source_0, tag_source_1, pod_1, auto_instance_0", "works"))
        .isEqualTo("no address | k8s.pod.uid | cart-5d4-a | ::");
    assertThat(row("chost_0, tag_source_0, tag_source_1, auto_instance_1", "alone"))
        .isEqualTo("web-1 | host.name | no Kubernetes is watched | 192.0.2.7");
  }

  @Test
  void labelsAreTagsOfEachSideAndOfEither() {
    assertThat(row("`k8s.label.team_0`, `k8s.label.app_1`, `k8s.label.team_1`", "calls"))
        .isEqualTo("blue | orders | NULL");
    assertThat(rows("SELECT endpoint FROM l7_flow_log WHERE `k8s.label.app` = 'orders'"))
        .containsExactly("calls");
    assertThat(
            rows(
                "SELECT endpoint FROM l7_flow_log WHERE `k8s.label.team_1` = 'blue'"
                    + " ORDER BY endpoint"))
        .containsExactly("serves", "works");
    assertThat(rows("SHOW TAG k8s.label.app VALUES FROM l7_flow_log")).contains("cart | cart");
    assertThat(rows("SHOW TAGS FROM l7_flow_log"))
        .anyMatch(tag -> tag.startsWith("k8s.label.team | k8s.label.team_0 | k8s.label.team_1"));
  }

  @Test
  void nodesAndHostsHaveAddressesAndHostNames() {
    assertThat(row("pod_node_ip_0, pod_node_hostname_0, chost_ip_0, chost_hostname_0", "calls"))
        .isEqualTo("10.0.0.1 | node-1.local | 10.0.0.1 | node-1.local");
    assertThat(row("pod_node_ip_0, pod_node_hostname_0, chost_ip_0, chost_hostname_0", "alone"))
        .isEqualTo(" |  | 192.0.2.1 | web-1");
    assertThat(rows("SELECT endpoint FROM l7_flow_log WHERE pod_node_ip = '10.0.0.2'"))
        .containsExactly("serves");
  }

  @Test
  void onTheInternetIsAPublicAddressOfWhichNothingIsKnown() {
    assertThat(row("is_internet_0, is_internet_1", "alone")).isEqualTo("0 | 1");
    assertThat(row("is_internet_0, is_internet_1", "calls")).isEqualTo("0 | 0");
    assertThat(row("is_internet_0, is_internet_1", "labelled")).isEqualTo("0 | 0");
    assertThat(rows("SELECT endpoint FROM l7_flow_log WHERE is_internet = 1"))
        .containsExactly("alone");
  }

  @Test
  void aResourceHasANumberThatTellsItFromOthersOfItsName() {
    String id = row("pod_id_1", "calls");
    assertThat(Long.parseLong(id)).isBetween(1L, 1L << 53);
    assertThat(row("auto_instance_id_1", "calls")).isEqualTo(id);
    assertThat(row("pod_id_1, auto_instance_id_1", "alone")).isEqualTo("0 | 0");
    assertThat(rows("SELECT endpoint FROM l7_flow_log WHERE pod_id = " + id))
        .containsExactly("calls");
    assertThat(
            rows(
                "SELECT auto_service_1, auto_service_id_1, auto_service_type_1, Count(row) AS n"
                    + " FROM l7_flow_log WHERE auto_service_id_1 = "
                    + row("pod_service_id_1", "calls")
                    + " GROUP BY auto_service_1, auto_service_id_1, auto_service_type_1"))
        .containsExactly("orders | %s | 102 | 1".formatted(row("service_id_1", "calls")));
  }

  @Test
  void allLabelsOfASideAreOneJsonObject() {
    assertThat(row("`k8s.label_0`", "calls")).contains("\"app\":\"cart\"", "\"team\":\"blue\"");
    assertThat(row("`k8s.label_1`, `k8s.env_0`", "alone")).isEqualTo("{} | {}");
  }

  @Test
  void metricsOfServicesHaveTheTagsOfTheSideThatSentTheSpan() {
    String sql =
        "SELECT region, az, pod_ingress, Enum(pod_group_type), `k8s.label.team`, is_internet,"
            + " service, tag_source, Sum(request) AS n FROM application WHERE endpoint = 'calls'"
            + " GROUP BY region, az, pod_ingress, pod_group_type, `k8s.label.team`, is_internet,"
            + " service, tag_source";

    assertThat(rows(sql))
        .containsExactly("north | n-1 |  | Deployment | blue | 0 |  | k8s.pod.uid | 1");
    assertThat(rows("SELECT endpoint FROM application WHERE `k8s.label.app` = 'cart'"))
        .containsExactlyInAnyOrder("asks", "calls", "serves");
    assertThat(rows("SHOW TAGS FROM application"))
        .anyMatch(tag -> tag.startsWith("k8s.label.team | k8s.label.team | k8s.label.team"));
    assertThat(rows("SHOW TAG k8s.label.app VALUES FROM application")).contains("cart | cart");
  }

  @Test
  void metricsOfPathsHaveTheTagsOfBothSides() {
    assertThat(
            rows(
                "SELECT Enum(pod_group_type_1), `k8s.label.app_1`, `k8s.label.team_0`, service_1,"
                    + " Sum(request) AS n FROM application_map WHERE endpoint = 'calls' GROUP BY"
                    + " pod_group_type_1, `k8s.label.app_1`, `k8s.label.team_0`, service_1"))
        .containsExactly("Deployment | orders | blue | orders | 1");
    assertThat(rows("SELECT endpoint FROM application_map WHERE `k8s.label.app` = 'orders'"))
        .containsExactly("calls");
  }

  @Test
  void metricsHaveEveryTagOfASideThatTheLogHas() throws Exception {
    Tables tables = new Tables();
    Set<String> ofSides = new TreeSet<>();
    Set<String> ofEither = new TreeSet<>();
    List<Tag> log = tables.named(new Expression.Name("l7_flow_log", 1)).tags();
    for (Tag tag : log) {
      if (tag.shown().contains("label_id") && !tag.name().equals("app_instance")) {
        ofSides.add(tag.name());
        ofEither.add(tag.name().substring(0, tag.name().length() - 2));
      }
    }

    assertThat(names(tables, "application_map")).containsAll(ofSides).containsAll(ofEither);
    assertThat(names(tables, "application")).containsAll(ofEither);
  }

  private static List<String> names(Tables tables, String table) throws Exception {
    return tables.named(new Expression.Name(table, 1)).tags().stream().map(Tag::name).toList();
  }

  /// A pod's label may be called as an attribute of the conventions; it has no other names.
  @Test
  void aLabelIsNotFoundByAnotherNameOfAnAttributeThatIsCalledSo() {
    assertThat(row("`k8s.label.db.system_1`, `k8s.label.db.system.name_1`", "labelled"))
        .isEqualTo("mssql | NULL");
    assertThat(rows("SELECT endpoint FROM l7_flow_log WHERE `k8s.label.db.system` = 'mssql'"))
        .containsExactly("labelled");
    assertThat(
            rows(
                "SELECT endpoint FROM l7_flow_log WHERE"
                    + " `k8s.label.db.system.name_1` = 'microsoft.sql_server'"))
        .isEmpty();
  }

  @Test
  void theProtocolThatWasSentIsTheSendersWordElseHttp() {
    assertThat(row("biz_protocol", "asks")).isEmpty();
    assertThat(row("biz_protocol, Enum(l7_protocol)", "labelled")).isEqualTo("HTTP | HTTP");
  }

  @Test
  void aConditionOnATagOfTwoSidesTriesBoth() {
    assertThat(rows("SELECT endpoint FROM l7_flow_log WHERE pod = 'orders-5d4-a'"))
        .containsExactly("calls");
    assertThat(
            rows(
                "SELECT pod_ns_1, Count(row) AS n FROM l7_flow_log GROUP BY pod_ns_1"
                    + " ORDER BY n DESC"))
        .containsExactly("shop | 4", " | 2");
  }
}
