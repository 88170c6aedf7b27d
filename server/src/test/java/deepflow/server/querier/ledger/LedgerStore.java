package deepflow.server.querier.ledger;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouse;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.AgentReport;
import deepflow.server.storage.Commit;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/// Puts batches into a store on the way that they take in the server, and what agents say of them.
record LedgerStore(Store store) {

  /// A store in which spans are kept for three days.
  static LedgerStore open(ClickHouse clickHouse, InstantSource clock) throws Exception {
    return new LedgerStore(
        Store.open(clickHouse, StoreConfig.single(Duration.ofDays(3)), clock, new Random(1)));
  }

  /// A batch that an agent sends.
  record Sent(Identity agent, long number, TracesData request) {}

  /// Spans of one trace, the last of which nobody can store.
  ///
  /// @param trace a number for the trace's id
  static TracesData request(long trace, String service, int good, int bad) {
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    for (int i = 0; i < good + bad; i++) {
      byte[] id = ByteBuffer.allocate(16).putLong(trace).putInt(12, i + 1).array();
      spans.addSpans(
          Span.newBuilder()
              .setTraceId(ByteString.copyFrom(id, 0, i < good ? 16 : 15))
              .setSpanId(ByteString.copyFrom(id, 8, 8)));
    }
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(
                            KeyValue.newBuilder()
                                .setKey("service.name")
                                .setValue(AnyValue.newBuilder().setStringValue(service))))
                .addScopeSpans(spans))
        .build();
  }

  /// Stores batches as one block.
  void put(List<Sent> batches) throws Exception {
    store.commit(block(batches), false);
  }

  /// A block of batches, to be stored.
  StoredBlock block(List<Sent> batches) throws Exception {
    Draft draft = new Draft(LabelSnapshot::empty);
    for (Sent sent : batches) {
      byte[] request = sent.request.toByteArray();
      draft.begin(new Batch(sent.agent, 1, sent.number));
      draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    }
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(
        commits(draft.batches()),
        draft.batches().stream().flatMap(batch -> batch.refused().stream()).toList());
    return block;
  }

  private static List<Commit> commits(List<Batch> batches) {
    return batches.stream()
        .collect(Collectors.groupingBy(Batch::agent, LinkedHashMap::new, Collectors.toList()))
        .values()
        .stream()
        .map(ofAgent ->
            new Commit(
                ofAgent.getFirst().agent(),
                1,
                ofAgent.getFirst().number(),
                ofAgent.getLast().number(),
                ofAgent.size(),
                ofAgent.stream().mapToLong(Batch::spans).sum(),
                ofAgent.stream().mapToLong(Batch::refusedSpans).sum()))
        .toList();
  }

  /// @param sums through, accepted, covered, resent, invalid, busy, damaged, unacknowledged
  void report(Identity agent, Instant at, long... sums) throws Exception {
    store.keep(
        List.of(
            new AgentReport(
                agent,
                at,
                new LinkMessage.Report(
                    sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7], 0,
                    1))));
  }
}
