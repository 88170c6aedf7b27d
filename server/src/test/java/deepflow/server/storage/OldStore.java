package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.block.Block;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A store as an earlier version left it: made by the schema files up to one, and filled with what
/// goes into the tables and columns that these know.
public final class OldStore {

  /// Whose batches they are.
  public static final Identity AGENT = new Identity(1, 1);

  /// The last schema file of this version.
  public static final String TODAY = Migrations.FILES.getLast();

  private final ClickHouse clickHouse;
  private long batch;

  /// @param lastFile of the earlier version
  public OldStore(ClickHouse clickHouse, String lastFile) throws Exception {
    this.clickHouse = clickHouse;
    List<String> files = Migrations.FILES.subList(0, Migrations.FILES.indexOf(lastFile) + 1);
    new Migrations(clickHouse, StoreConfig.single(Duration.ofDays(30)), files).run();
    clickHouse.execute(
        Query.of("INSERT INTO deepflow.store SELECT toFixedString('sixteen bytes id', 16)"));
  }

  /// Stores a batch as one block, made at that time.
  public void put(TracesData traces, Instant made) throws Exception {
    StoredBlock block = block(traces, made);
    insertUpToSpans(block);
    insert(TraceIndexBlock.TABLE, block.traceIndex().block());
    insert(LinkIndexBlock.TABLE, block.linkIndex().block());
    insert(RedBlock.TABLE, block.red().block());
    var commits = new CommitBlock();
    block.commits().forEach(commit -> commits.append(block.id(), commit));
    insert(CommitBlock.TABLE, commits.block());
  }

  /// The same in a process that dies when the block's spans are there.
  public void putAndDie(TracesData traces, Instant made) throws Exception {
    insertUpToSpans(block(traces, made));
  }

  private void insertUpToSpans(StoredBlock block) throws Exception {
    insert(ResourceBlock.TABLE, block.resources().block());
    insert(ScopeBlock.TABLE, block.scopes().block());
    insert(LabelBlock.TABLE, block.labels().block());
    insert(ValueIndexBlock.TABLE, block.valueIndex().block());
    insert(SpanBlock.TABLE, block.spans().block());
  }

  private StoredBlock block(TracesData traces, Instant made) throws Exception {
    byte[] request = traces.toByteArray();
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(AGENT, 1, ++batch));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(new BlockId(made.getEpochSecond() * 1_000_000_000L + batch));
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    return block;
  }

  private void insert(String table, Block rows) throws Exception {
    Query exists =
        Query.of(
                "SELECT count() FROM system.tables WHERE database = 'deepflow' AND name = {table:String}")
            .with("table", table);
    if (rows.rows() > 0 && Store.number(clickHouse, exists) > 0) {
      clickHouse.insert(
          "INSERT INTO deepflow.%s SETTINGS async_insert = 0, input_format_skip_unknown_fields = 1"
              .formatted(table),
          rows);
    }
  }
}
