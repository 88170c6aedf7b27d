package deepflow.server.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.ClusterInventory;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labeler;
import deepflow.server.labeler.Shop;
import deepflow.server.storage.BlockId;
import deepflow.server.storage.LabelBlock;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// What labels cost of all that a span costs on its way in.
class LabelCostTest {
  private static final int PODS = 10_000;
  private static final int SENDERS = 64;
  private static final int PEERS = 1_024;
  private static final int SPANS_OF_SENDER = 256;
  private static final int ROUNDS = 60;
  private static final int WARM_UP = 30;
  private static final double SHARE_MAX = 0.05;

  /// To encode a span is so much of all that agent, link, server and store do for it: 3.7 of 8.7
  /// µs, `benchmarks/results/2026-11-23-path.md`.
  private static final double SHARE_OF_ENCODING = 0.42;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static String address(int pod) {
    return "10.2.%s.%s".formatted(pod / 256, pod % 256);
  }

  private static byte[] request(int sender) {
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    for (int i = 0; i < SPANS_OF_SENDER; i++) {
      byte[] id = ByteBuffer.allocate(8).putLong(sender * SPANS_OF_SENDER + i + 1).array();
      Span.Builder span =
          Span.newBuilder()
              .setName("GET /cart")
              .setKind(i % 2 == 0 ? Span.SpanKind.SPAN_KIND_CLIENT : Span.SpanKind.SPAN_KIND_SERVER)
              .setTraceId(ByteString.copyFrom(id).concat(ByteString.copyFrom(id)))
              .setSpanId(ByteString.copyFrom(id))
              .setStartTimeUnixNano(Shop.START + 100 * Shop.SECOND)
              .setEndTimeUnixNano(Shop.START + 101 * Shop.SECOND)
              .addAttributes(
                  attribute("network.peer.address", address((sender * 31 + i * 7) % PEERS)))
              .addAttributes(attribute("http.request.method", "GET"))
              .addAttributes(attribute("url.path", "/cart/items/" + i))
              .addAttributes(attribute("http.route", "/cart/items/{id}"))
              .addAttributes(attribute("user.id", "user-" + i * 17))
              .addAttributes(attribute("thread.name", "worker-" + i % 8));
      spans.addSpans(span);
    }
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(attribute("service.name", "cart"))
                        .addAttributes(attribute("k8s.pod.uid", "uid-" + sender)))
                .addScopeSpans(spans))
        .build()
        .toByteArray();
  }

  private static void fill(ClusterInventory cluster) {
    cluster.name("prod");
    for (int i = 0; i < PODS; i++) {
      cluster.put(Shop.pod("uid-" + i, "pod-" + i, "app-" + i / 20, address(i), Shop.START));
    }
    for (int i = 0; i < PODS / 20; i++) {
      cluster.put(Shop.service("service-" + i, "app-" + i, "10.96.1." + i % 250, 80, 8080, 0));
    }
    cluster.complete();
  }

  private static List<LabelSnapshot> snapshots(int count) throws InterruptedException {
    List<LabelSnapshot> all = new ArrayList<>();
    try (Labeler labeler = new Labeler(InstantSource.system())) {
      ClusterInventory cluster = labeler.add();
      fill(cluster);
      while (all.size() < count) {
        LabelSnapshot newest = labeler.snapshot();
        if (newest.toString().equals("complete, [prod]")
            && (all.isEmpty() || all.getLast() != newest)) {
          all.add(newest);
          cluster.put(Shop.pod("uid-1", "pod-1", "app-0", address(1), Shop.START));
        }
        Thread.sleep(10);
      }
    }
    return all;
  }

  /// The sides of a block's spans are asked for as the encoder does, and nothing else.
  private static long labels(Draft draft, SideLabels labels, LabelSnapshot snapshot) {
    var span = new ScannedSpan();
    var text = new Text();
    byte[] peer = new byte[AddressText.BYTES];
    byte[][] addresses = new byte[draft.spans()][];
    var canonical = new CanonicalFields(span);
    var scanner = new SpanScanner(span);
    var keys = new KeyDictionary();
    for (int i = 0; i < draft.spans(); i++) {
      scanner.scan(draft.bytes[i], draft.offset[i], draft.length[i]);
      canonical.begin();
      keys.begin();
      for (int a = 0; a < span.attributes.size; a++) {
        canonical.note(
            keys.find(span.bytes, span.attributes.keyOffset[a], span.attributes.keyLength[a]), a);
      }
      canonical.text(Meaning.PEER_ADDRESS, text);
      assertThat(AddressText.parse(text.bytes, text.offset, text.length, peer)).isTrue();
      addresses[i] = peer.clone();
    }
    text.clear();
    long time = Shop.START + 100 * Shop.SECOND;
    long start = THREADS.getCurrentThreadCpuTime();
    labels.begin(snapshot, LateQuestions.NONE, 1, new LabelBlock());
    long sum = 0;
    for (int i = 0; i < addresses.length; i++) {
      SideLabel own = labels.own(draft.resourceOf.get(draft.resource[i]), "", 0, time);
      sum += labels.peer(own, addresses[i], text, 0, true, time).id();
    }
    long took = THREADS.getCurrentThreadCpuTime() - start;
    assertThat(sum).isNotZero();
    return took;
  }

  /// Of times, so only where the machine is the test's own.
  @EnabledIfSystemProperty(named = "deepflow.long", matches = "true")
  @Test
  void labelsCostLittleEvenWhenEachSecondHasItsSnapshot() throws Exception {
    List<LabelSnapshot> snapshots = snapshots(2);
    var draft = new Draft(() -> snapshots.get(0));
    var asked = new Draft(() -> snapshots.get(0));
    var encoder = new SpanEncoder();
    var labels = new SideLabels();
    long decoding = 0;
    long labelling = 0;
    for (int round = 0; round < ROUNDS; round++) {
      add(draft, round);
      add(asked, round);
      var block = new StoredBlock();
      block.begin(new BlockId(Shop.START + round));
      long start = THREADS.getCurrentThreadCpuTime();
      encoder.encode(draft, block);
      long decoded = THREADS.getCurrentThreadCpuTime() - start;
      // A snapshot a second is one for ten blocks of this size.
      long labelled = labels(asked, labels, snapshots.get(round / 10 % 2));
      if (round >= WARM_UP) {
        decoding += decoded;
        labelling += labelled;
      }
    }
    assertThat((double) labelling / decoding * SHARE_OF_ENCODING).isLessThan(SHARE_MAX);
  }

  private static void add(Draft draft, int round) throws Exception {
    draft.clear();
    draft.begin(new Batch(new Identity(1, 1), 1, round));
    for (int sender = 0; sender < SENDERS; sender++) {
      byte[] request = request(sender);
      draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    }
  }
}
