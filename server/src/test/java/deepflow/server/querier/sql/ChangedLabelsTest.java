package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.KnownPod;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Shop;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// What Kubernetes says of a living pod is resolved when it is asked: a change is seen in the spans
/// that were stored before it, too.
class ChangedLabelsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Map<String, String> APP = Map.of("app", "cart");

  private static long spans;
  private static int pods;

  /// Each test has its own.
  private final String uid = "pod-" + ++pods;

  private final String address = "10.1.7." + pods;
  private final KnownPod pod = Shop.pod(uid, "cart-5d4-" + pods, "cart", address, Shop.START);
  private SpanStore store;

  @BeforeEach
  void open() throws Exception {
    store = new SpanStore(engine.clickHouse(), 7);
  }

  /// A span of the pod, which calls itself; it is named by its number.
  private long span(LabelSnapshot snapshot, Map<String, String> words) throws Exception {
    byte[] id = ByteBuffer.allocate(8).putLong(++spans).array();
    Resource.Builder resource = Resource.newBuilder().addAttributes(word("k8s.pod.uid", uid));
    words.forEach((key, value) -> resource.addAttributes(word(key, value)));
    Span span =
        Span.newBuilder()
            .setName("span-" + spans)
            .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
            .setTraceId(ByteString.copyFrom(new byte[8]).concat(ByteString.copyFrom(id)))
            .setSpanId(ByteString.copyFrom(id))
            .setStartTimeUnixNano(Shop.START + 90 * Shop.SECOND)
            .setEndTimeUnixNano(Shop.START + 91 * Shop.SECOND)
            .addAttributes(word("network.peer.address", address))
            .build();
    store.add(
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .setResource(resource)
                    .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
            .build(),
        snapshot);
    return spans;
  }

  private long span(LabelSnapshot snapshot) throws Exception {
    return span(snapshot, Map.of());
  }

  private static KeyValue word(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private LabelSnapshot changed(
      long seconds, Map<String, String> labels, Map<String, String> annotations) {
    return Shop.snapshot(seconds, Shop.changed(pod, labels, annotations, Map.of()));
  }

  private static String asked(String tag, long span) {
    String sql =
        "SELECT `%s` AS x FROM l7_flow_log WHERE endpoint = 'span-%s'".formatted(tag, span);
    JsonNode value = AskedSql.values(engine, sql).path(0).path(0);
    return value.isNull() ? "NULL" : value.asString();
  }

  @Test
  void aChangedLabelOfALivingPodIsSeenInItsOldSpans() throws Exception {
    long old = span(changed(100, Map.of("app", "cart", "track", "canary"), Map.of()));
    assertThat(asked("k8s.label.track_0", old)).isEqualTo("canary");

    long young = span(changed(110, Map.of("app", "cart", "track", "stable"), Map.of()));

    assertThat(asked("k8s.label.track_0", young)).isEqualTo("stable");
    assertThat(asked("k8s.label.track_0", old)).isEqualTo("stable");
    assertThat(asked("k8s.label.track_1", old)).isEqualTo("stable");
  }

  @Test
  void anAnnotationThatIsConfiguredLaterIsSeenInOldSpansOfAPodThatStillSends() throws Exception {
    long old = span(changed(100, APP, Map.of()));
    assertThat(asked("k8s.annotation.team_0", old)).isEqualTo("NULL");
    open(); // another start, with another configuration

    span(changed(110, APP, Map.of("team", "blue")));

    assertThat(asked("k8s.annotation.team_0", old)).isEqualTo("blue");
  }

  @Test
  void aClusterThatIsCalledOtherwiseIsSoInOldSpans() throws Exception {
    long old = span(Shop.snapshot("prod", 100, pod));

    span(Shop.snapshot("production", 110, pod));

    assertThat(asked("pod_cluster_0", old)).isEqualTo("production");
  }

  @Test
  void whatTheSenderSaidOfItselfIsNotTakenFromAnotherSender() throws Exception {
    long one = span(Shop.snapshot(100, pod), Map.of("k8s.pod.label.track", "canary"));
    long other = span(Shop.snapshot(110, pod), Map.of("k8s.pod.label.track", "stable"));

    assertThat(asked("k8s.label.track_0", one)).isEqualTo("canary");
    assertThat(asked("k8s.label.track_0", other)).isEqualTo("stable");
  }

  @Test
  void aPodThatComesAfterAnotherOfTheSameNameDoesNotGiveItItsLabels() throws Exception {
    long old = span(changed(100, Map.of("app", "cart", "track", "canary"), Map.of()));
    KnownPod next = Shop.pod("again", pod.object().name(), "cart", address, Shop.START);
    LabelSnapshot later =
        Shop.snapshot(
            110, Shop.changed(next, Map.of("app", "cart", "track", "stable"), Map.of(), Map.of()));

    span(later, Map.of("k8s.pod.uid", "again"));

    assertThat(asked("k8s.label.track_0", old)).isEqualTo("canary");
  }

  @Test
  void aServerThatStartsWithoutNewsDoesNotShowOlderLabels() throws Exception {
    LabelSnapshot before = changed(100, Map.of("app", "cart", "track", "canary"), Map.of());
    long old = span(changed(110, Map.of("app", "cart", "track", "stable"), Map.of()));

    open();
    span(before); // of another server, which hasn't heard of it yet

    assertThat(asked("k8s.label.track_0", old)).isEqualTo("stable");
  }
}
