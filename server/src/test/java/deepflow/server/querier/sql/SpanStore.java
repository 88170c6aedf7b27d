package deepflow.server.querier.sql;

import deepflow.clickhouse.ClickHouse;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Commit;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/// Puts spans into the store by the very way that the ingester goes, without a link.
public final class SpanStore {

  private static final Identity AGENT = new Identity(1, 1);

  private final Store store;
  private final SpanEncoder encoder = new SpanEncoder();
  private int batch;

  /// An open store in that database.
  public SpanStore(ClickHouse clickHouse, long seed) throws Exception {
    store =
        Store.open(
            clickHouse,
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(seed));
  }

  /// One batch, as one block, with no cluster known.
  public void add(TracesData spans) throws Exception {
    add(spans, LabelSnapshot.empty());
  }

  /// One batch, as one block.
  void add(TracesData spans, LabelSnapshot snapshot) throws Exception {
    Draft draft = new Draft(() -> snapshot);
    draft.begin(new Batch(AGENT, 1, ++batch));
    byte[] request = spans.toByteArray();
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    encoder.encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
  }
}
