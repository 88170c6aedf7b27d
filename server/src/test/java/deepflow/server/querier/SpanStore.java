package deepflow.server.querier;

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
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.HostIpAttribute;
import deepflow.wire.otlp.RequestCheck;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/// Puts requests into the store on the way that they take in the server, each as a block.
public final class SpanStore {

  private static final Identity AGENT = new Identity(1, 1);

  private final Store store;
  private int batch;

  /// Opens the store, with its tables.
  public SpanStore(ClickHouse clickHouse, Random random) throws Exception {
    this.store =
        Store.open(
            clickHouse,
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(random.nextLong()));
  }

  /// Decodes, labels and stores.
  public void put(TracesData traces) throws Exception {
    byte[] request = traces.toByteArray();
    put(request, 0, request.length, HostAdded.NONE);
  }

  /// The same of what an agent makes of it.
  ///
  /// @param host the sender's address
  public void putByAgent(TracesData traces, String host) throws Exception {
    byte[] sent = traces.toByteArray();
    var accepted =
        (CheckedRequest.Accepted)
            new RequestCheck().check(sent, 0, sent.length, new HostIpAttribute(host));
    put(accepted.request(), accepted.offset(), accepted.length(), accepted::hostIpAdded);
  }

  private void put(byte[] request, int offset, int length, HostAdded hostAdded) throws Exception {
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(AGENT, 1, ++batch));
    draft.add(request, offset, length, new byte[16], hostAdded);
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
  }
}
