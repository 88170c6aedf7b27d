package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/// A day is to be cut on a disk that is nearly full. A tenth of its traces stay.
class DayCutSpaceTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long PLENTY = 1L << 40;
  private static final long SPANS = 20_000;
  private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
  private static final StoreConfig CONFIG = StoreConfig.single(Duration.ofDays(30));

  /// Has as much space as a test wants, and counts what is read of the day.
  private static final class Disk extends ForwardingClickHouse {
    private long free = PLENTY;

    /// What is left when the first seconds are copied.
    private long freeThen = PLENTY;

    private int looks;
    private int copies;

    Disk(FaultyClickHouse behind) {
      super(behind);
    }

    @Override
    public void execute(Query statement) throws ClickHouseException {
      if (statement.sql().startsWith("INSERT INTO deepflow.traces_found")) {
        looks++;
      }
      super.execute(statement);
      if (statement.sql().startsWith("INSERT INTO deepflow.spans_kept")) {
        copies++;
        free = freeThen;
      }
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      String disks =
          "(SELECT name, toUInt64(%s) AS unreserved_space FROM system.disks)".formatted(free);
      return super.query(
          new Query(
              // What is being removed doesn't count in here.
              query.sql().replace("system.disks", disks).replace("NOT active", "active AND 0"),
              query.parameters(),
              query.settings(),
              query.untrusted()));
    }
  }

  private final FaultyClickHouse faulty = new FaultyClickHouse(engine.clickHouse());
  private final Disk disk = new Disk(faulty);
  private final DayCut dayCut = dayCut();
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  private DayCut dayCut() {
    return new DayCut(
        disk,
        new ExpiryCuts(disk),
        new UncommittedBlocks(),
        CONFIG,
        new DayCut.AtOnce(/* rows= */ 5_000, /* traces= */ 100));
  }

  @BeforeEach
  void fill() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    Store _ = Store.open(engine.clickHouse(), CONFIG, InstantSource.system(), new Random(1));
    String second =
        DAY.atStartOfDay().toEpochSecond(ZoneOffset.UTC) + " + 86400 * number / " + SPANS;
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.spans (block_time, trace_id, start_time, name, status_code) SELECT toDateTime(%1$s), MD5(toString(number)), fromUnixTimestamp64Nano(toInt64(1000000000 * toInt64(%1$s))), hex(SHA256(toString(number))), if(number %% 10 = 0, 2, 0) FROM numbers(%2$s)"
                    .formatted(second, SPANS)));
  }

  private void cut() throws Exception {
    var rules =
        new RetentionRules(List.of(RetentionRule.parse("9d status = error")), Duration.ofDays(1));
    dayCut.cut(DAY, rules, lifetime -> lifetime.equals(Duration.ofDays(1)));
  }

  private static long bytesOfDay() throws Exception {
    return engine.number(
        "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'deepflow' AND active"
            + " AND partition = '%s'".formatted(DAY));
  }

  private void checkWhole() throws Exception {
    assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(SPANS);
    assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired")).isZero();
    checkNoCopies();
  }

  private void checkCut() throws Exception {
    assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(SPANS / 10);
    assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired"))
        .isEqualTo(SPANS - SPANS / 10);
    checkNoCopies();
  }

  private static void checkNoCopies() throws Exception {
    assertThat(
            engine.number(
                "SELECT count() FROM system.tables WHERE (name LIKE '%\\_kept' OR name = 'traces_found') AND database = 'deepflow'"))
        .isZero();
  }

  /// As of spans of one block each.
  private static void fillTraceIndex() throws Exception {
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.trace_index (block_time, trace_id, start_time, span_count) SELECT block_time, trace_id, start_time, 1 FROM deepflow.spans"));
  }

  @Test
  void tracesAreNotLookedForUntilThereIsRoomToNoteThem() throws Exception {
    fillTraceIndex();
    disk.free = CONFIG.freeBytesMin() + SPANS;
    cut();
    checkWhole();
    assertThat(disk.looks).isZero();

    disk.free = PLENTY;
    cut();
    checkCut();
  }

  @Test
  void aSearchThatFillsTheDiskIsNotBegunAgainBeforeThereIsMoreRoom() throws Exception {
    fillTraceIndex();
    disk.free = CONFIG.freeBytesMin() + 50 * SPANS;
    faulty.setStatementFaults(sql ->
        sql.startsWith("INSERT INTO deepflow.traces_found") ? Fault.BUSY_BEFORE : Fault.NONE);
    assertThatThrownBy(this::cut).isInstanceOf(ClickHouseException.class);
    faulty.setStatementFaults(_ -> Fault.NONE);
    cut();
    checkWhole();
    assertThat(disk.looks).isOne();

    disk.free = PLENTY;
    cut();
    checkCut();
  }

  @Test
  void aCutWhoseCopyDoesNotFitIsPutOffUntilThereIsRoom() throws Exception {
    disk.free = CONFIG.freeBytesMin() + bytesOfDay() / 20;
    cut();
    cut();
    checkWhole();
    assertThat(disk.looks).as("the day is not read again for that").isOne();

    disk.free = PLENTY;
    cut();
    checkCut();
  }

  @Test
  void aCutNeedsRoomForWhatStaysOnly() throws Exception {
    disk.free = CONFIG.freeBytesMin() + bytesOfDay() / 2;
    cut();
    checkCut();
  }

  @Test
  void oneThatIsPutOffIsToldOfOnceWithWhatToDo() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(DayCut.class);
    lines.start();
    logger.addAppender(lines);
    disk.free = CONFIG.freeBytesMin();
    cut();
    cut();
    logger.detachAppender(lines);

    assertThat(lines.list)
        .singleElement()
        .satisfies(line ->
            assertThat(line.getFormattedMessage())
                .contains(DAY.toString(), "needs", "free some space", "retention set"));
  }

  @Test
  void aCopyEndsWhenOthersTakeTheRoom() throws Exception {
    disk.freeThen = CONFIG.freeBytesMin() - 1;
    cut();
    checkWhole();
    assertThat(disk.copies).isOne();
  }

  @Test
  void aCopyThatFillsTheDiskIsDroppedAtOnce() throws Exception {
    faulty.setStatementFaults(sql ->
        sql.startsWith("INSERT INTO deepflow.trace_index_kept") ? Fault.BUSY_BEFORE : Fault.NONE);
    assertThatThrownBy(this::cut).isInstanceOf(ClickHouseException.class);
    checkWhole();
  }

  @Test
  void aCopyWhoseProcessDiedBeforeItCountedGoesAtTheNextLook() throws Exception {
    faulty.setStatementFaults(sql -> {
      if (sql.startsWith("INSERT INTO deepflow.trace_index_kept")) {
        throw new IllegalStateException("dead");
      }
      return Fault.NONE;
    });
    assertThatThrownBy(this::cut).hasMessage("dead");

    dayCut().finish();
    checkWhole();
  }
}
