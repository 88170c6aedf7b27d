package deepflow.server.querier.servicegraph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import deepflow.server.http.Workers;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Rollups;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A shop of three services, a database and a queue.
class ServiceGraphTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long NOW = System.currentTimeMillis() / 1_000;
  private static final long BEGIN = (NOW - 60) * 1_000_000_000L;

  private final List<ResourceSpans> requests = new ArrayList<>();

  /// Of the spans that are sent next, ns since 1970; each test has an hour and ids of its own.
  private long begin = BEGIN;

  private int ids;

  /// A span of 10 ms.
  ///
  /// @return its id
  private int send(
      String service, SpanKind kind, int parent, boolean failed, String... attributes) {
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFromUtf8("sixteen bytes id"))
            .setSpanId(id(++ids))
            .setParentSpanId(parent == 0 ? ByteString.EMPTY : id(parent))
            .setName("call")
            .setKind(kind)
            .setStartTimeUnixNano(begin)
            .setEndTimeUnixNano(begin + 10_000_000)
            .setStatus(Status.newBuilder().setCodeValue(failed ? 2 : 0));
    for (int i = 0; i < attributes.length; i += 2) {
      span.addAttributes(attribute(attributes[i], attributes[i + 1]));
    }
    requests.add(
        ResourceSpans.newBuilder()
            .setResource(Resource.newBuilder().addAttributes(attribute("service.name", service)))
            .addScopeSpans(ScopeSpans.newBuilder().addSpans(span))
            .build());
    return ids;
  }

  private void link(ResourceSpans to) {
    ResourceSpans.Builder last = requests.removeLast().toBuilder();
    Span linked = to.getScopeSpans(0).getSpans(0);
    last.getScopeSpansBuilder(0)
        .getSpansBuilder(0)
        .setTraceId(ByteString.copyFromUtf8("another trace id"))
        .addLinks(
            Span.Link.newBuilder().setTraceId(linked.getTraceId()).setSpanId(linked.getSpanId()));
    requests.add(last.build());
  }

  private static ByteString id(int number) {
    return ByteString.copyFrom(HexFormat.of().parseHex("01%014x".formatted(number)));
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private void store() throws Exception {
    Store store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(1));
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(new Identity(1, 1), 1, 1));
    byte[] request = TracesData.newBuilder().addAllResourceSpans(requests).build().toByteArray();
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    store.commit(block, false);
    var rollups = new Rollups(engine.clickHouse(), store, _ -> {}, Rollups.Pace.NORMAL);
    assertThat(rollups.rollUp(Long.MAX_VALUE)).isTrue();
  }

  @Test
  void showsWhoCallsWhomAndDatabasesAndQueues() throws Exception {
    sendAShopsCalls();
    store();

    ServiceGraph.Found found =
        new ServiceGraph(engine.clickHouse(), QueryLimits.DEFAULT).find(NOW - 3_600, NOW);

    assertThat(found.truncated()).isFalse();
    assertThat(found.nodes().stream().map(ServiceGraphTest::shown))
        .containsExactly(
            "service:archive 1/0",
            "service:mailer 1/1",
            "service:order 4/1",
            "service:web 1/0",
            "database:mysql/orders 0/0",
            "queue:kafka/mails 0/0");
    assertThat(found.edges().stream().map(ServiceGraphTest::shown))
        .containsExactlyInAnyOrder(
            "service:web > service:order 4/1",
            "service:order > database:mysql/orders 4/0",
            "service:order > queue:kafka/mails 1/0",
            "queue:kafka/mails > service:mailer 1/1",
            "service:order > service:mailer 1/1",
            "service:mailer > service:archive link 1/0");
    assertThat(found.edges())
        .allSatisfy(edge -> assertThat(edge.calls().p95Nanos()).isBetween(9_900_000L, 10_100_000L));
  }

  @Test
  void whoTakesMessagesIsBehindTheQueueWhateverKindItsSpanHas() throws Exception {
    sendNextAt(5);
    for (String operation : List.of("receive", "process", "deliver", "send", "settle")) {
      send(
          "does " + operation,
          SpanKind.SPAN_KIND_CLIENT,
          0,
          false,
          "messaging.system",
          "kafka",
          "messaging.destination.name",
          "parcels",
          "messaging.operation.type",
          operation);
    }
    store();

    assertThat(found().edges().stream().map(ServiceGraphTest::shown))
        .containsExactlyInAnyOrder(
            "queue:kafka/parcels > service:does receive 1/0",
            "queue:kafka/parcels > service:does process 1/0",
            "queue:kafka/parcels > service:does deliver 1/0",
            "service:does send > queue:kafka/parcels 1/0",
            "service:does settle > queue:kafka/parcels 1/0");
  }

  @Test
  void showsTheBusiestEdgesFirstOfWhateverKindTheyAre() throws Exception {
    sendNextAt(2);
    sendCalls("a", "b", 5);
    sendCalls("c", "d", 900);
    sendDatabaseCalls("d", 10_000);
    for (int i = 0; i < 7; i++) {
      send("b", SpanKind.SPAN_KIND_CONSUMER, 0, false);
      ResourceSpans linked = requests.getLast();
      send("archive", SpanKind.SPAN_KIND_CONSUMER, 0, false);
      link(linked);
    }
    store();

    assertThat(found().edges().stream().map(ServiceGraphTest::shown))
        .containsExactly(
            "service:d > database:mysql/orders 10000/0",
            "service:c > service:d 900/0",
            "service:b > service:archive link 7/0",
            "service:a > service:b 5/0");
  }

  @Test
  void leavesOutTheLeastBusyEdgesWhenThereAreTooMany() throws Exception {
    sendNextAt(4);
    for (int i = 0; i < ServiceGraph.EDGES_MAX; i++) {
      sendCalls("web", "s" + (1_000 + i), 1);
    }
    sendCalls("web", "z", 2);
    sendDatabaseCalls("z", 3);
    store();

    ServiceGraph.Found found = found();

    assertThat(found.truncated()).isTrue();
    assertThat(found.edges()).hasSize(ServiceGraph.EDGES_MAX);
    assertThat(found.edges().stream().limit(3).map(ServiceGraphTest::shown))
        .containsExactly(
            "service:z > database:mysql/orders 3/0",
            "service:web > service:z 2/0",
            "service:web > service:s1000 1/0");
    assertThat(shown(found.edges().getLast())).isEqualTo("service:web > service:s2997 1/0");
  }

  @Test
  void bothEndsOfAnEdgeHaveTheirFiguresWhereTooManyServicesAreBusier() throws Exception {
    sendNextAt(6);
    sendCalls("web", "quiet", 1);
    for (int i = 0; i < 2 * ServiceGraph.NODES_MAX; i++) {
      send("alone" + i / 2, SpanKind.SPAN_KIND_SERVER, 0, false);
    }
    store();

    ServiceGraph.Found found = found();

    assertThat(found.nodes().stream().map(ServiceGraphTest::shown))
        .contains("service:quiet 1/0", "service:web 0/0", "service:alone0 2/0");
    assertThat(found.truncated()).isTrue();
  }

  @Test
  void isNotAskedForTimesThatItsTableCannotTellApart() {
    var graph = new ServiceGraph(engine.clickHouse(), QueryLimits.DEFAULT);
    var api = new ServiceGraphApi(graph, InstantSource.system(), new UiApi(new Workers(1, 1)));
    String late = "5000000000000000000"; // 2128

    assertThatThrownBy(
            () -> api.graph(new Parameters(Map.of("start", List.of(late), "end", List.of(late)))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("start is after 2106");
  }

  /// What is sent from now on began so many hours ago.
  private void sendNextAt(int hoursAgo) {
    begin = BEGIN - Duration.ofHours(hoursAgo).toNanos();
    ids = hoursAgo * 1_000_000;
  }

  private ServiceGraph.Found found() throws Exception {
    long second = begin / 1_000_000_000;
    return new ServiceGraph(engine.clickHouse(), QueryLimits.DEFAULT)
        .find(second - 600, second + 600);
  }

  private void sendCalls(String client, String server, int count) {
    int parent = send(client, SpanKind.SPAN_KIND_INTERNAL, 0, false);
    for (int i = 0; i < count; i++) {
      send(server, SpanKind.SPAN_KIND_SERVER, parent, false);
    }
  }

  private void sendDatabaseCalls(String client, int count) {
    for (int i = 0; i < count; i++) {
      send(client, SpanKind.SPAN_KIND_CLIENT, 0, false, "db.system", "mysql", "db.name", "orders");
    }
  }

  private void sendAShopsCalls() {
    int root = send("web", SpanKind.SPAN_KIND_SERVER, 0, false);
    for (int i = 0; i < 4; i++) {
      int call = send("web", SpanKind.SPAN_KIND_CLIENT, root, i == 0);
      int order = send("order", SpanKind.SPAN_KIND_SERVER, call, i == 0);
      send("order", SpanKind.SPAN_KIND_INTERNAL, order, false);
      send(
          "order",
          SpanKind.SPAN_KIND_CLIENT,
          order,
          false,
          "db.system",
          "mysql",
          "db.name",
          "orders");
    }
    int sent =
        send(
            "order",
            SpanKind.SPAN_KIND_PRODUCER,
            root,
            false,
            "messaging.system",
            "kafka",
            "messaging.destination.name",
            "mails");
    send(
        "mailer",
        SpanKind.SPAN_KIND_CONSUMER,
        sent,
        true,
        "messaging.system",
        "kafka",
        "messaging.destination.name",
        "mails");
    ResourceSpans mail = requests.getLast();
    send("archive", SpanKind.SPAN_KIND_CONSUMER, 0, false);
    link(mail);
  }

  private static String shown(GraphNode node) {
    return "%s %s/%s".formatted(node.name().id(), node.calls().count(), node.calls().errors());
  }

  private static String shown(GraphEdge edge) {
    return "%s > %s %s%s/%s"
        .formatted(
            edge.client().id(),
            edge.server().id(),
            edge.kind() == GraphEdge.Kind.LINK ? "link " : "",
            edge.calls().count(),
            edge.calls().errors());
  }
}
