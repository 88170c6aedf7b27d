package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops spans a day at a time: when the day is over for as long as spans are kept, and, the oldest
/// first, when the disk has hardly any space left. The day of the newest block stays in any case,
/// and for their age alone days go only by a clock that can be believed: [WallClock]. Where rules
/// keep some traces longer than others, the others are cut out of the day before: [DayCut].
///
/// What a day had goes into table `expired` first, as one part, then the day is dropped, and table
/// `expiry_cuts` says so. A process that dies in between has counted what is still there: the next
/// look drops it without counting it again. What comes into a day after that is counted when the
/// day is dropped once more: a block that waited for space keeps the day in which it was named. The
/// engine's own TTL would drop without telling.
///
/// All of this needs a little room on the disk, which is held for it: [Ballast].
///
/// A day is closed for blocks meanwhile, from before it is counted until all that was counted is
/// gone, even if that takes more than one look. One that can't go, as when the disk has damaged its
/// files, keeps no other day: [Steps].
public final class Expiry {
  private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);

  /// What is dropped day by day, the first ones telling which days there are.
  static final List<String> TABLES = List.of("spans", "trace_index", "link_index", "value_index");

  private final ClickHouse clickHouse;
  private final StoreConfig config;
  private final RetentionSetting retention;
  private final ExpiryCuts cuts;
  private final DayCut dayCut;
  private final SideTables sideTables;
  private final WallClock clock;
  private final BlockNumbers numbers;
  private final UncommittedBlocks uncommitted;
  private final BlockInserts inserts;
  private final DiskSpace disk;
  private final Ballast ballast;

  /// What the engine was told.
  private Lifetimes applied;

  /// @param applied what the engine was told
  Expiry(
      ClickHouse clickHouse,
      StoreConfig config,
      Lifetimes applied,
      WallClock clock,
      BlockNumbers numbers,
      UncommittedBlocks uncommitted,
      BlockInserts inserts) {
    this.clickHouse = clickHouse;
    this.config = config;
    this.retention = new RetentionSetting(clickHouse, config.retention());
    this.cuts = new ExpiryCuts(clickHouse);
    this.dayCut = new DayCut(clickHouse, cuts, uncommitted, config, DayCut.AtOnce.NORMAL);
    this.sideTables = new SideTables(clickHouse, config, clock);
    this.clock = clock;
    this.numbers = numbers;
    this.uncommitted = uncommitted;
    this.inserts = inserts;
    this.disk = new DiskSpace(clickHouse);
    this.ballast = new Ballast(clickHouse, config, disk);
    this.applied = applied;
  }

  private interface Work {
    boolean run() throws ClickHouseException;
  }

  /// Drops what is due. What can't be dropped of one day or table is told, and all else goes on.
  ///
  /// @throws ClickHouseException when the store was busy, or something can't go; all else is done
  public void run() throws ClickHouseException {
    try {
      boolean _ =
          withBallast(() -> {
            look();
            return true;
          });
    } finally {
      ballast.hold();
    }
  }

  /// On a disk so full that not even a day can be dropped, tries again with the space that is held
  /// for that.
  private boolean withBallast(Work work) throws ClickHouseException {
    try {
      return work.run();
    } catch (ClickHouseException e) {
      if (!ballast.giveBackAfter(e)) {
        throw e;
      }
      return work.run();
    }
  }

  private void look() throws ClickHouseException {
    Lifetimes kept = retention.current().lifetimes();
    var steps = new Steps();
    steps.run("what is known of blocks", () -> keepBlocks(kept));
    steps.run("the days that are over", () -> expire(kept.spans(), steps));
    sideTables.expire(kept, steps);
    steps.end();
  }

  private void expire(RetentionRules rules, Steps steps) throws ClickHouseException {
    boolean _ = finishPending(steps);
    List<LocalDate> left = new ArrayList<>();
    for (LocalDate day : openDays()) {
      if (!isOver(day, rules.longest())
          || steps.attempt(spansOf(day), () -> drop(day, "age")) == Steps.Outcome.NOT_YET) {
        left.add(day);
      }
    }
    if (!isFull()) {
      for (LocalDate day : left) {
        steps.run(spansOf(day), () -> dayCut.cut(day, rules, lifetime -> isOver(day, lifetime)));
      }
    } else if (!steps.isBusy()) {
      boolean _ = makeRoom(left, steps);
    }
  }

  private boolean isFull() throws ClickHouseException {
    return disk.free() < config.freeBytesMin();
  }

  private static String spansOf(LocalDate day) {
    return "what is over of the spans of " + day;
  }

  /// What a process that died has counted is counted once, so nothing may come in there before it
  /// is gone.
  void closePending() throws ClickHouseException {
    for (ExpiryCuts.Pending pending : cuts.pending()) {
      boolean _ = uncommitted.close(pending.day());
    }
  }

  /// Makes room for what a crash on a full disk left unfinished.
  ///
  /// @return whether there can be more now
  boolean makeRoom() throws ClickHouseException {
    return withBallast(() -> {
      var steps = new Steps();
      boolean room = finishPending(steps);
      steps.endIfBusy();
      if (!room && isFull()) {
        room = makeRoom(openDays(), steps);
        steps.endIfBusy();
      }
      return room;
    });
  }

  /// Drops one day at most: whether that was enough is seen at the next look, because file systems
  /// take their time as well. It is the oldest one, or the first that can be dropped at all.
  ///
  /// @param days that are left, the oldest first
  /// @return whether one had to go
  private boolean makeRoom(List<LocalDate> days, Steps steps) throws ClickHouseException {
    LocalDate today = numbers.today();
    for (LocalDate day : days) {
      Steps.Outcome outcome =
          day.isBefore(today)
              ? steps.attempt("the spans of " + day, () -> drop(day, "space"))
              : Steps.Outcome.NOT_YET;
      if (outcome == Steps.Outcome.DONE) {
        LOG.warn("the disk is nearly full: dropped the spans of {}", day);
      }
      if (outcome != Steps.Outcome.FAILED) {
        return outcome == Steps.Outcome.DONE;
      }
    }
    return false;
  }

  /// What is known of blocks outlives their spans.
  private void keepBlocks(Lifetimes kept) throws ClickHouseException {
    if (!kept.blocks().equals(applied.blocks())) {
      new Retention(clickHouse, config).apply(kept);
      applied = kept;
    }
  }

  private boolean isOver(LocalDate day, Duration lifetime) {
    return day.isBefore(clock.firstDay(lifetime));
  }

  /// Opens the days for blocks of which nothing is counted that is there still.
  ///
  /// @return those of them that have spans, the oldest first
  private List<LocalDate> openDays() throws ClickHouseException {
    Set<LocalDate> pending =
        cuts.pending().stream().map(ExpiryCuts.Pending::day).collect(Collectors.toSet());
    uncommitted.openAllBut(pending);
    return days().stream().filter(day -> !pending.contains(day)).toList();
  }

  /// The days that have spans, the oldest first.
  private List<LocalDate> days() throws ClickHouseException {
    List<LocalDate> days = new ArrayList<>();
    try (Rows rows =
        clickHouse.query(
            Query.of(
                    "SELECT DISTINCT partition FROM system.parts WHERE database = 'deepflow'"
                        + " AND table IN {tables:Array(String)} AND active ORDER BY partition")
                .with("tables", TABLES))) {
      while (rows.next()) {
        days.add(LocalDate.parse(rows.getString(0)));
      }
    }
    return days;
  }

  /// One that fails leaves the day closed until the next look, which sees whether it was counted.
  ///
  /// @return false when a block is being committed into the day, which is seen to at the next look
  private boolean drop(LocalDate day, String reason) throws ClickHouseException {
    if (!uncommitted.close(day)) {
      return false;
    }
    long id = cuts.next();
    count(day, reason, id);
    finishDrop(day, id);
    uncommitted.open(day);
    LOG.info("dropped the spans of {} ({})", day, reason);
    return true;
  }

  /// By its rows, or, when these can't be read, by what was noted of its blocks.
  private void count(LocalDate day, String reason, long id) throws ClickHouseException {
    try {
      clickHouse.execute(ExpiredSpans.all(day, reason, id));
    } catch (ClickHouseException e) {
      if (e.kind() == ClickHouseException.Kind.BUSY) {
        throw e;
      }
      LOG.error(
          "the spans of {} can't be read, which are dropped now ({}): the ledger counts what was noted of their blocks, and doesn't tell their services. Look after the disk if files are damaged",
          day,
          reason,
          e);
      commitAsTheyAre(day);
      clickHouse.execute(ExpiredSpans.asNoted(day, reason, id));
    }
  }

  /// Completes what a look that failed or a crash left behind.
  ///
  /// @return whether days were dropped
  private boolean finishPending(Steps steps) throws ClickHouseException {
    steps.run("what rules no longer keep", dayCut::finish);
    boolean dropped = false;
    for (ExpiryCuts.Pending drop : cuts.pendingByDay()) {
      Steps.Outcome outcome =
          steps.run("the spans of " + drop.day(), () -> finishDrop(drop.day(), drop.cut()));
      dropped |= outcome == Steps.Outcome.DONE;
    }
    return dropped;
  }

  private void finishDrop(LocalDate day, long id) throws ClickHouseException {
    commitAsTheyAre(day);
    for (String table : TABLES) {
      clickHouse.execute(
          Query.of(
              "ALTER TABLE deepflow.%s %s DROP PARTITION '%s'"
                  .formatted(table, config.onCluster(), day)));
    }
    cuts.complete(day, id);
  }

  /// Blocks of which the spans are there and something else is not: they count as expired, so
  /// nobody may store them again.
  private void commitAsTheyAre(LocalDate day) throws ClickHouseException {
    for (Map.Entry<BlockId, List<Commit>> block : uncommitted.begunOf(day).entrySet()) {
      if (inserts.has(SpanBlock.TABLE, block.getKey())) {
        inserts.commit(block.getKey(), block.getValue(), true);
      }
    }
  }

  /// One block makes one part: all of what is inserted is there or nothing.
  static Query asOnePart(Query insert) {
    return insert
        .setting("async_insert", 0)
        .setting("max_insert_threads", 1)
        .setting("min_insert_block_size_rows", 1_000_000_000)
        .setting("min_insert_block_size_bytes", 0)
        .setting("max_insert_block_size", 1_000_000_000);
  }
}
