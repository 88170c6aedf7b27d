package deepflow.server.storage;

import java.util.List;

/// All that one block puts into the store. Used again and again; for one thread at a time.
public final class StoredBlock {
  private final SpanBlock spans = new SpanBlock();
  private final ResourceBlock resources = new ResourceBlock();
  private final ScopeBlock scopes = new ScopeBlock();
  private final LabelBlock labels = new LabelBlock();
  private final TraceIndexBlock traceIndex = new TraceIndexBlock();
  private final LinkIndexBlock linkIndex = new LinkIndexBlock();
  private final ValueIndexBlock valueIndex = new ValueIndexBlock();
  private final RedBlock red;
  private BlockId id = new BlockId(0);
  private final RefusalBlock refusals = new RefusalBlock();
  private List<Commit> commits = List.of();

  /// With the usual limits.
  public StoredBlock() {
    this(RedKeys.ROWS_MAX);
  }

  /// @param metricsKeys of [StoreConfig]; 0 makes no metrics, so that their cost can be measured
  public StoredBlock(int metricsKeys) {
    red = new RedBlock(metricsKeys);
  }

  /// Rows for table `spans`.
  public SpanBlock spans() {
    return spans;
  }

  /// Resources that must be in the store before the spans.
  public ResourceBlock resources() {
    return resources;
  }

  /// Scopes that must be in the store before the spans.
  public ScopeBlock scopes() {
    return scopes;
  }

  /// Labels that must be in the store before the spans.
  public LabelBlock labels() {
    return labels;
  }

  /// Rows for table `trace_index`.
  public TraceIndexBlock traceIndex() {
    return traceIndex;
  }

  /// Rows for table `link_index`.
  public LinkIndexBlock linkIndex() {
    return linkIndex;
  }

  /// Rows for table `value_index`, which must be in the store before the spans.
  public ValueIndexBlock valueIndex() {
    return valueIndex;
  }

  RefusalBlock refusals() {
    return refusals;
  }

  /// Rows for table `red_1s`.
  public RedBlock red() {
    return red;
  }

  /// Its name.
  public BlockId id() {
    return id;
  }

  /// What it holds of each agent.
  public List<Commit> commits() {
    return commits;
  }

  /// Forgets the last block.
  public void begin(BlockId newId) {
    id = newId;
    spans.block().clear();
    resources.block().clear();
    scopes.block().clear();
    labels.block().clear();
    traceIndex.clear();
    linkIndex.clear();
    valueIndex.clear();
    refusals.block().clear();
    red.clear();
    commits = List.of();
  }

  /// The block is complete.
  ///
  /// @param ofAgents one for each agent that has a batch in it
  /// @param refused what of its batches could not be stored
  public void end(List<Commit> ofAgents, List<Refused> refused) {
    refused.forEach(spans -> refusals.append(id, spans));
    commits = List.copyOf(ofAgents);
  }

  /// Bytes of all rows in Native format.
  public long bytes() {
    return spans.block().bytes()
        + resources.block().bytes()
        + scopes.block().bytes()
        + labels.block().bytes()
        + traceIndex.block().bytes()
        + linkIndex.block().bytes()
        + valueIndex.block().bytes()
        + red.block().bytes();
  }
}
