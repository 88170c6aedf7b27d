package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.Address;
import deepflow.server.labeler.ClusterInventory;
import deepflow.server.labeler.KnownPod;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labeler;
import deepflow.server.labeler.Sender;
import deepflow.server.labeler.Shop;
import deepflow.server.labeler.Side;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Spans that come before the news of their pods.
class LateLabelsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static long spans;

  private final Labeler labeler = new Labeler(InstantSource.system());
  private final ClusterInventory cluster = labeler.add();
  private final SpanEncoder encoder = new SpanEncoder();

  /// Whether the next question for the newest snapshot brings out one.
  private final AtomicBoolean bug = new AtomicBoolean();

  private Store store;
  private LateLabels late;
  private Draft draft;

  @BeforeEach
  void open() throws Exception {
    store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(1));
    late = new LateLabels(this::snapshot, store, new SimpleMeterRegistry(), InstantSource.system());
    late.start();
    draft = new Draft(labeler::snapshot, late);
    Shop.fill(cluster);
    await(() -> labeler.snapshot().toString().startsWith("complete, [prod]"));
  }

  @AfterEach
  void close() {
    late.close();
    labeler.close();
  }

  private LabelSnapshot snapshot() {
    if (bug.getAndSet(false)) {
      throw new IllegalStateException("a test wants it so");
    }
    return labeler.snapshot();
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    Instant end = Instant.now().plusSeconds(20);
    while (!condition.holds()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(20);
    }
  }

  /// Stores a span of now and gives its id.
  private long span(String word, String value, String peer) throws Exception {
    return span(Map.of(word, value), peer);
  }

  private long span(Map<String, String> words, String peer) throws Exception {
    var resource = Resource.newBuilder();
    words.forEach((word, value) -> resource.addAttributes(attribute(word, value)));
    byte[] id = ByteBuffer.allocate(8).putLong(++spans).array();
    Instant now = Instant.now();
    byte[] request =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .setResource(resource)
                    .addScopeSpans(
                        ScopeSpans.newBuilder()
                            .addSpans(
                                Span.newBuilder()
                                    .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
                                    .setTraceId(
                                        ByteString.copyFrom(new byte[8])
                                            .concat(ByteString.copyFrom(id)))
                                    .setSpanId(ByteString.copyFrom(id))
                                    .setStartTimeUnixNano(
                                        now.getEpochSecond() * Shop.SECOND + now.getNano())
                                    .addAttributes(attribute("network.peer.address", peer)))))
            .build()
            .toByteArray();
    draft.begin(new Batch(new Identity(1, 1), 1, spans));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(store.nextBlock());
    encoder.encode(draft, block);
    draft.clear();
    store.commit(block, false);
    return spans;
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static String pods(long span) throws Exception {
    String sql =
        "SELECT concat(dictGet('deepflow.label_names', 'pod', label_id), ' ',"
            + " dictGet('deepflow.label_names', 'tag_source', label_id), ', ',"
            + " dictGet('deepflow.label_names', 'pod', peer_label_id), ' ',"
            + " dictGet('deepflow.label_names', 'tag_source', peer_label_id)) FROM deepflow.spans"
            + " WHERE span_id = toFixedString(unhex({id:String}), 8)";
    Query query = Query.of(sql).with("id", HexFormat.of().toHexDigits(span));
    try (Rows rows = engine.clickHouse().query(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(0);
    }
  }

  private static long now() {
    return Instant.now().getEpochSecond() * Shop.SECOND;
  }

  @Test
  void aClusterThatIsAwayDoesNotHoldUpTheAnswersOfAnother() throws Exception {
    labeler.add().name("away");
    await(() -> labeler.snapshot().toString().startsWith("incomplete"));
    long start = now() - Shop.SECOND; // whatever time the rest takes
    long early = span("k8s.pod.uid", "78", "10.1.0.78");

    cluster.put(Shop.pod("78", "late-5d4-b", "late", "10.1.0.78", start));
    await(() -> pods(early).equals("late-5d4-b k8s.pod.uid, late-5d4-b pod address"));
  }

  @Test
  void aPodThatWasUnknownIsKnownAfterwards() throws Exception {
    long start = now() - Shop.SECOND; // whatever time the rest takes
    long early = span("k8s.pod.uid", "77", "10.1.0.77");

    assertThat(pods(early))
        .isEqualTo(" k8s.pod.uid is not known to Kubernetes,  address unknown at that time");

    cluster.put(Shop.pod("77", "late-5d4-a", "late", "10.1.0.77", start));
    await(() -> pods(early).equals("late-5d4-a k8s.pod.uid, late-5d4-a pod address"));
  }

  @Test
  void aBugInARoundCostsNoLabelItsAnswer() throws Exception {
    long start = now() - Shop.SECOND; // whatever time the rest takes
    long early = span("k8s.pod.uid", "80", "10.1.0.80");
    bug.set(true);
    await(() -> !bug.get());

    cluster.put(Shop.pod("80", "late-5d4-d", "late", "10.1.0.80", start));
    await(() -> pods(early).equals("late-5d4-d k8s.pod.uid, late-5d4-d pod address"));
  }

  @Test
  void aSidecarOfAPodThatWasUnknownIsKnownAfterwards() throws Exception {
    long start = now() - Shop.SECOND; // whatever time the rest takes
    for (String address : List.of("127.0.0.1", "::1")) {
      long early = span("k8s.pod.uid", "77", address);
      assertThat(pods(early)).endsWith(",  loopback: its own pod or host");
      long known = span("k8s.pod.uid", "1", address);
      assertThat(pods(known))
          .isEqualTo("cart-5d4-a k8s.pod.uid, cart-5d4-a loopback: its own pod or host");
    }
    long early = span("k8s.pod.uid", "77", "127.0.0.1");

    cluster.put(Shop.pod("77", "late-5d4-a", "late", "10.1.0.77", start));

    await(() ->
        pods(early).equals("late-5d4-a k8s.pod.uid, late-5d4-a loopback: its own pod or host"));
  }

  @Test
  void anAddressThatSomebodyGetsLaterWasNotHisBefore() throws Exception {
    long before = span("k8s.pod.uid", "1", "10.1.0.78");
    long known = span("k8s.pod.uid", "78", "10.1.0.6");

    cluster.put(Shop.pod("78", "later-5d4-a", "later", "10.1.0.78", now() + 5 * Shop.SECOND));

    await(() -> pods(known).startsWith("later-5d4-a "));
    assertThat(pods(before)).isEqualTo("cart-5d4-a k8s.pod.uid,  address unknown at that time");
  }

  @Test
  void aQuestionOfAnOlderSnapshotIsAnsweredThoughNoOtherNewsCome() throws Exception {
    LabelSnapshot before = labeler.snapshot();
    long start = now() - Shop.SECOND; // whatever time the rest takes
    cluster.put(Shop.pod("79", "late-5d4-c", "late", "10.1.0.79", start));
    await(() -> labeler.snapshot() != before);
    Thread.sleep(Duration.ofSeconds(2)); // until it has been asked

    draft = new Draft(() -> before, late);
    long early = span("k8s.pod.uid", "79", "10.1.0.79");

    await(() -> pods(early).equals("late-5d4-c k8s.pod.uid, late-5d4-c pod address"));
  }

  /// A kubelet has no pod, and never will.
  @Test
  void anAnswerThatIsTheSameIsNotStoredAgain() throws Exception {
    long kubelet = span("host.name", "node-2", "10.0.0.2");

    for (int i = 0; i < 3; i++) {
      cluster.put(Shop.pod("news-" + i, "news", "news", "10.1.0.99", now()));
      Thread.sleep(1_000); // more than a round
      assertThat(pods(kubelet)).isEqualTo(" host.name,  node address");
      assertThat(rowsOfLabel(kubelet)).isEqualTo(1);
    }
  }

  private static long rowsOfLabel(long span) throws Exception {
    String sql =
        "SELECT count() FROM deepflow.labels WHERE label_id IN (SELECT label_id FROM deepflow.spans"
            + " WHERE span_id = toFixedString(unhex({id:String}), 8))";
    Query query = Query.of(sql).with("id", HexFormat.of().toHexDigits(span));
    try (Rows rows = engine.clickHouse().query(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(0);
    }
  }

  @Test
  void aPodInItsNodesNetworkIsKnownAfterItsNodeWhileAnotherClusterIsAway() throws Exception {
    labeler.add().name("away");
    await(() -> labeler.snapshot().toString().startsWith("incomplete"));
    long start = now() - Shop.SECOND; // whatever time the rest takes
    long early = span(Map.of("host.name", "node-2", "service.name", "exporter"), "10.0.0.2");
    assertThat(pods(early)).startsWith(" host.name, ");
    Thread.sleep(1_000); // more than a round

    cluster.put(exporter(start));

    await(() -> pods(early).startsWith("exporter host.name, hostNetwork pod, "));
  }

  private static KnownPod exporter(long since) {
    KnownPod pod = Shop.hostPod("exporter", "node-2", "10.0.0.2", 9100);
    return new KnownPod(
        Shop.object("uid-exporter", "kube-system", "exporter", Map.of(), since),
        pod.owner(),
        pod.node(),
        pod.hostNetwork(),
        pod.addresses(),
        pod.ports(),
        pod.containers(),
        pod.env(),
        pod.forwards(),
        Long.MAX_VALUE);
  }

  private static String tier(long span, String side) throws Exception {
    String sql =
        "SELECT JSONExtractString(dictGet('deepflow.label_names', 'k8s_labels', %s), 'tier')"
                .formatted(side)
            + " FROM deepflow.spans WHERE span_id = toFixedString(unhex({id:String}), 8)";
    Query query = Query.of(sql).with("id", HexFormat.of().toHexDigits(span));
    try (Rows rows = engine.clickHouse().query(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(0);
    }
  }

  private void change(KnownPod pod, String tier) {
    Map<String, String> labels = new HashMap<>(pod.object().labels());
    labels.put("tier", tier);
    cluster.put(Shop.changed(pod, labels, Map.of(), Map.of()));
  }

  @Test
  void whatChangesOfAPodIsSeenInItsSpansThoughItIsSilent() throws Exception {
    KnownPod pod = Shop.pod("80", "quiet-5d4-a", "quiet", "10.1.0.80", now() - Shop.SECOND);
    cluster.put(pod);
    await(() -> labeler.snapshot().own(sender("80"), 0, now()).found());
    long sent = span("k8s.pod.uid", "80", "10.1.0.80");
    assertThat(pods(sent)).isEqualTo("quiet-5d4-a k8s.pod.uid, quiet-5d4-a pod address");

    for (String tier : List.of("gold", "silver")) {
      change(pod, tier);
      await(() -> tier(sent, "label_id").equals(tier));
      await(() -> tier(sent, "peer_label_id").equals(tier));
    }
  }

  @Test
  void anotherPodOfTheSameNameSaysNothingOfTheSpansOfTheOneBefore() throws Exception {
    KnownPod pod = Shop.pod("81", "same-0", "same", "10.1.0.81", now() - Shop.SECOND);
    cluster.put(pod);
    await(() -> labeler.snapshot().own(sender("81"), 0, now()).found());
    long sent = span("k8s.pod.uid", "81", "10.9.9.9");

    cluster.remove("81", now(), true);
    change(Shop.pod("82", "same-0", "same", "10.1.0.81", now()), "gold");
    await(() -> labeler.snapshot().own(sender("82"), 0, now()).found());
    Thread.sleep(7_000); // more than it takes to ask again

    assertThat(tier(sent, "label_id")).isEmpty();
  }

  private static Sender sender(String uid) {
    return new Sender(Map.of("k8s.pod.uid", uid), Address.NONE, "");
  }

  @Test
  void aClusterThatIsAwayLeavesRoomForQuestionsOfAnother() {
    LabelSnapshot snapshot = labeler.snapshot();
    Side known = snapshot.own(new Sender(Map.of(), Address.NONE, ""), 0, now());
    Side waits = new Side(known.labels(), 0, 1, false, "?", true, "", false, null);
    Side asks = new Side(known.labels(), 0, 1, false, "?", false, "", false, null);
    long id = 0;
    while (late.take(id, waits, _ -> waits)) {
      id++;
    }

    assertThat(id).isGreaterThan(1_000);
    assertThat(late.take(id, asks, _ -> asks)).isTrue();
  }
}
