package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Calls by spans that came late, of traces that have many spans already, in an engine that has
/// little memory.
class LateCallsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SECOND = 1_000_000_000L;
  private static final long BLOCK = System.currentTimeMillis() / 1_000 * SECOND - 3_600 * SECOND;
  private static final long BEFORE = BLOCK - 600 * SECOND;
  private static final long SPANS_AT_ONCE = 20_000;
  private static final int SERVER = 2;
  private static final int CLIENT = 3;
  private static final long MEMORY = 40L << 20;

  /// Whatever counts calls or looks for copies has little memory.
  private static final class Small extends ForwardingClickHouse {
    Small() {
      super(engine.clickHouse());
    }

    @Override
    public void execute(Query statement) throws ClickHouseException {
      boolean large =
          statement.sql().startsWith("INSERT INTO deepflow.service_calls")
              || statement.sql().startsWith("INSERT INTO deepflow.repeated_traces");
      super.execute(
          large ? statement.setting("max_memory_usage", Long.toString(MEMORY)) : statement);
    }
  }

  private final Small small = new Small();
  private Store store;
  private final List<Rollup.Found> found = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    store =
        Store.open(
            small, StoreConfig.single(Duration.ofDays(30)), InstantSource.system(), new Random(1));
  }

  /// Stores spans of one trace that begin at [#BEFORE]: the first has that id and that parent, the
  /// others have the next ones.
  private static void store(long block, int trace, String service, int kind, long id, long spans)
      throws Exception {
    Query some =
        Query.of(
                """
                INSERT INTO deepflow.spans (block_time, block_id, trace_id, span_id, parent_span_id,
                  service, kind, start_time, duration)
                SELECT intDiv({block:UInt64}, 1000000000), {block:UInt64},
                  MD5(toString({trace:UInt64})),
                  reinterpretAsFixedString(toUInt64({kind:UInt64} * 10000000 + {id:UInt64} + number)),
                  reinterpretAsFixedString(toUInt64(30000000 + {id:UInt64} + number)),
                  {service:String}, {kind:UInt8}, fromUnixTimestamp64Nano({start:Int64}, 'UTC'), 1000000
                FROM numbers({spans:UInt64})
                """)
            .with("block", block)
            .with("trace", trace)
            .with("kind", kind)
            .with("id", id)
            .with("service", service)
            .with("start", BEFORE)
            .with("spans", spans);
    engine.clickHouse().execute(Expiry.asOnePart(some));
  }

  /// Spans of `shop` that call, stored long before.
  private static void storeCalling(int trace, long spans) throws Exception {
    store(BEFORE, trace, "shop", CLIENT, 0, spans);
  }

  /// Those of `cart` that the last ones of these call, stored late.
  private static void storeCalled(int trace, long spans, long calling) throws Exception {
    store(BLOCK, trace, "cart", SERVER, calling - spans, spans);
  }

  private long calls() throws Exception {
    index(
        "trace_index (block_time, block_id, trace_id, start_time, end_time, span_count)"
            + " SELECT block_time, block_id, trace_id, min(start_time), max(start_time), count()");
    index(
        "red_1s (block_time, block_id, time, service, request)"
            + " SELECT block_time, block_id, min(toDateTime(start_time, 'UTC')), any(service), count()");
    var pace = Rollups.Pace.NORMAL.withAtOnce(1_000, SPANS_AT_ONCE);
    insertRollupBefore();
    store.forget(store.nextBlock());
    assertThat(new Rollups(small, store, found::add, pace).rollUp(Long.MAX_VALUE)).isTrue();
    return Store.number(
        engine.clickHouse(), Query.of("SELECT toUInt64(sum(request)) FROM " + RedTables.CALLS));
  }

  private static void index(String into) throws Exception {
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.%s FROM deepflow.spans GROUP BY block_time, block_id, trace_id"
                    .formatted(into)));
  }

  /// What was stored before is rolled up.
  private static void insertRollupBefore() throws Exception {
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.rollups SELECT %s, %s, %s, %s, 0"
                    .formatted(BEFORE / SECOND, BEFORE + 2, BEFORE, BEFORE + 1)));
  }

  @Test
  void areCountedThoughTheirTracesHaveMoreSpansThanFitIntoMemory() throws Exception {
    for (int trace = 0; trace < 10; trace++) {
      storeCalling(trace, 15_000);
      storeCalled(trace, 10, 15_000);
    }

    assertThat(calls()).isEqualTo(100);
    assertThat(found).containsExactly(new Rollup.Found(0, 0, 0));
  }

  @Test
  void areCountedThoughOneTraceHasMoreSpansThanFitIntoMemory() throws Exception {
    storeCalling(0, 150_000);
    storeCalled(0, 1_000, 150_000);

    assertThat(calls()).isEqualTo(1_000);
    assertThat(found).containsExactly(new Rollup.Found(0, 0, 0));
  }

  /// Each slice reads it, so it takes time by the square of its spans.
  @Test
  void areCountedBesideATraceThatIsTooLargeToBeSearched() throws Exception {
    storeCalling(0, 400_000);
    storeCalled(0, 10, 400_000);
    storeCalling(1, 15_000);
    storeCalled(1, 10, 15_000);

    assertThat(calls()).isEqualTo(10);
    assertThat(found).containsExactly(new Rollup.Found(0, 0, 1));
  }

  @Test
  void areCountedInATraceOfManySpansThatAllCameTogether() throws Exception {
    store(BLOCK, 0, "shop", CLIENT, 0, 150_000);
    store(BLOCK, 0, "cart", SERVER, 0, 150_000);

    assertThat(calls()).isEqualTo(150_000);
  }
}
