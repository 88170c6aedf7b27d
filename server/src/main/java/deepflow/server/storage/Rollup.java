package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the spans of some blocks, one after the other, add to the figures: takes back spans that
/// were there before, adds seconds up to minutes, and pairs calls between services.
///
/// | what | of which rows |
/// |---|---|
/// | duplicates | spans of these blocks that are in blocks before, or in these, already |
/// | minutes | rows of `red_1s` of these blocks |
/// | calls, links | pairs of which the later one is in these blocks |
///
/// So each figure is added once, whenever its spans come. Nothing counts before table `rollups` has
/// the rollup's row: one that fails is made again under another number.
///
/// Where a span's counterpart can be is told by [BlockRange].
public final class Rollup {
  private static final Logger LOG = LoggerFactory.getLogger(Rollup.class);

  /// A minute's spans have more sets of tags than those of a block.
  private static final int MINUTE_KEYS = 8;

  private static final int TWICE_AT_ONCE = 2_000;
  private static final long LINKS_AT_ONCE = 100_000;

  private final ClickHouse clickHouse;
  private final Store store;
  private final BlockId id;

  private final BlockRange blocks;
  private final long rowsAtOnce;

  /// @param id its own number
  /// @param rowsAtOnce rows of `red_1s` that one statement adds up, but for those of a single
  ///   minute
  Rollup(ClickHouse clickHouse, Store store, BlockId id, BlockRange blocks, long rowsAtOnce) {
    this.clickHouse = clickHouse;
    this.store = store;
    this.id = id;
    this.blocks = blocks;
    this.rowsAtOnce = rowsAtOnce;
  }

  /// What a rollup came upon.
  ///
  /// @param merged spans that were there before
  /// @param overflow spans that count for `(other)` by the minute, and not by the second
  /// @param large late traces that have too many spans farther back to be searched there
  public record Found(long merged, long overflow, long large) {}

  /// Adds it all.
  Found run() throws ClickHouseException {
    blocks.findRepeated(clickHouse, id.number());
    tellLarge();
    List<String> twice = tracesWithASpanTwice();
    long merged = takeBack(twice);
    long overflow = addMinutes();
    addCalls(twice);
    addLinks(twice);
    var row = new RollupBlock();
    row.append(id, blocks.first(), blocks.end(), merged);
    store.insertOnce(RollupBlock.TABLE, id, row.block(), false);
    return new Found(merged, overflow, blocks.large().size());
  }

  private void tellLarge() {
    if (!blocks.large().isEmpty()) {
      LOG.warn(
          "{} traces, {} for one, have too many spans to search those of before for callers and copies of spans that came late: such calls are not counted, such copies are counted as spans of their own. Does a sender use one trace id for everything?",
          blocks.large().size(),
          blocks.large().getFirst());
    }
  }

  private long addMinutes() throws ClickHouseException {
    long keys = (long) store.metricsKeys() * MINUTE_KEYS;
    for (TimeRanges.Range range : minutes()) {
      boolean mayPass = range.most() > keys;
      String sql = mayPass ? RollupSql.RANKED_MINUTES : RollupSql.MINUTES;
      clickHouse.execute(
          bound(sql, List.of())
              .with("keys", keys)
              .with("from", range.first())
              .with("to", range.last()));
    }
    return Store.number(clickHouse, bound(RollupSql.OVERFLOW, List.of()));
  }

  private List<TimeRanges.Range> minutes() throws ClickHouseException {
    var minutes = new TimeRanges(rowsAtOnce);
    try (Rows rows = clickHouse.query(bound(RollupSql.ROWS_OF_MINUTES, List.of()))) {
      while (rows.next()) {
        minutes.add(rows.getLong(0), rows.getLong(1));
      }
    }
    return minutes.ranges();
  }

  private Query bound(String sql, List<String> twice) {
    return BlockRange.number(blocks.bound(sql), "rollup", id.number()).with("twice", twice);
  }

  private List<String> tracesWithASpanTwice() throws ClickHouseException {
    return BlockRange.traces(clickHouse, bound(RollupSql.TWICE_TRACES, List.of()));
  }

  /// Adds rows to `red_1s` that take back what is there twice, each from the row that it counts
  /// for. That one is of these blocks too, so nothing of theirs adds up to less than 0.
  private long takeBack(List<String> twice) throws ClickHouseException {
    var figures = new RedBlock(store.metricsKeys());
    long merged = 0;
    for (int from = 0; from < twice.size(); from += TWICE_AT_ONCE) {
      List<String> some = twice.subList(from, Math.min(twice.size(), from + TWICE_AT_ONCE));
      try (Rows rows = clickHouse.query(bound(RollupSql.SURPLUS, some))) {
        merged += takeBack(rows, figures);
      }
    }
    return merged;
  }

  private long takeBack(Rows rows, RedBlock figures) throws ClickHouseException {
    long merged = 0;
    var row = new RedRow();
    for (; rows.next(); merged++) {
      var block = new BlockId(rows.getLong(RedRow.WIDTH));
      var detail = RedKeys.Detail.valueOf(rows.getString(RedRow.WIDTH + 1));
      figures.takeBack(block, row.read(rows), detail);
      if (figures.isFull()) {
        addCorrections(figures);
      }
    }
    addCorrections(figures);
    return merged;
  }

  private void addCorrections(RedBlock figures) throws ClickHouseException {
    figures.finish(id, true);
    store.add(RedBlock.TABLE, figures.block());
    figures.clear();
  }

  private void addCalls(List<String> twice) throws ClickHouseException {
    String sql = RollupSql.calls(blocks.hasLate(), !twice.isEmpty());
    BlockRange.inSlices(clickHouse, blocks.slices(clickHouse), bound(sql, twice));
  }

  private void addLinks(List<String> twice) throws ClickHouseException {
    keepLinks(twice);
    long links = Store.number(clickHouse, bound(RollupSql.LINKS, List.of()));
    String sql = RollupSql.links(blocks.hasLate());
    long slices = Math.min(BlockRange.SLICES_MAX, links / LINKS_AT_ONCE + Math.min(links, 1));
    BlockRange.inSlices(clickHouse, slices, bound(sql, List.of()));
  }

  /// Adds rows to `span_links`.
  private void keepLinks(List<String> twice) throws ClickHouseException {
    var links = new LinkBlock();
    try (Rows rows = clickHouse.query(bound(RollupSql.withLinks(!twice.isEmpty()), twice))) {
      while (rows.next()) {
        links.append(id, rows);
        if (links.block().rows() >= LINKS_AT_ONCE) {
          store.add(LinkBlock.TABLE, links.block());
          links.block().clear();
        }
      }
    }
    store.add(LinkBlock.TABLE, links.block());
  }
}
