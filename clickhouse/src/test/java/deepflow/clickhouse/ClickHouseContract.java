package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException.Kind;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.StringColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/// What every ClickHouse of ours promises, wherever it runs. The promises stand in the classes that
/// extend this one; each implementation runs all of them.
@Timeout(120)
abstract class ClickHouseContract {
  static final String ENDLESS = "SELECT count() FROM numbers(1000000000000)";

  /// The ClickHouse under test.
  abstract Subject subject();

  final ClickHouse clickHouse() {
    return subject().clickHouse();
  }

  @BeforeEach
  void beginEmpty() throws Exception {
    clickHouse().execute(Query.of("DROP DATABASE IF EXISTS contract SYNC"));
    clickHouse().execute(Query.of("CREATE DATABASE contract"));
  }

  final void table(String name, String columns, String settings) throws ClickHouseException {
    clickHouse()
        .execute(
            Query.of(
                "CREATE TABLE contract.%s (%s) ENGINE = MergeTree ORDER BY a %s"
                    .formatted(name, columns, settings)));
  }

  static Block block(long firstRow, int rows) {
    var block = new Block();
    LongColumn numbers = block.add("a", new LongColumn("UInt64"));
    StringColumn texts = block.add("s", new StringColumn());
    for (long row = firstRow; row < firstRow + rows; row++) {
      numbers.append(row);
      texts.append(("row " + row).getBytes(UTF_8));
    }
    return block;
  }

  final long count() throws ClickHouseException {
    return (Long)
        java.util.Objects.requireNonNull(
            all("SELECT count() FROM contract.t").getFirst().getFirst());
  }

  final List<List<@Nullable Object>> all(String sql) throws ClickHouseException {
    return all(Query.of(sql));
  }

  final List<List<@Nullable Object>> all(Query query) throws ClickHouseException {
    List<List<@Nullable Object>> all = new ArrayList<>();
    try (Rows rows = clickHouse().query(query)) {
      while (rows.next()) {
        List<@Nullable Object> row = new ArrayList<>();
        for (int i = 0; i < rows.columns().size(); i++) {
          row.add(rows.get(i));
        }
        all.add(row);
      }
    }
    return all;
  }

  final List<List<@Nullable Object>> running() throws ClickHouseException {
    return all("SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'");
  }

  final void assertThatNothingRuns() throws ClickHouseException {
    assertThat(running()).isEmpty();
  }

  static void assertFails(ThrowingCallable call, Kind kind) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  /// Runs a task on a thread of its own.
  ///
  /// @return what it gives, or what it throws
  static CompletableFuture<Object> start(Callable<Object> task) {
    var outcome = new CompletableFuture<Object>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            outcome.complete(task.call());
          } catch (Exception e) {
            outcome.complete(e);
          }
        });
    return outcome;
  }

  /// A ClickHouse was closed under statements that ran and an answer that was being read.
  static void assertEnded(
      ClickHouse closed, List<CompletableFuture<Object>> outcomes, Rows forgotten)
      throws Exception {
    for (CompletableFuture<Object> outcome : outcomes) {
      assertThat(outcome.get(10, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              ClickHouseException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BUSY));
    }
    assertFails(
        () -> {
          while (forgotten.next()) {
            assertThat(forgotten.getLong(0)).isNotNegative();
          }
        },
        Kind.BUSY);
    forgotten.close();
    assertFails(() -> closed.query(Query.of("SELECT 1")), Kind.BUSY);
  }

  /// A ClickHouse that can be left and come back to.
  interface Subject {
    ClickHouse clickHouse();

    /// The same data seen by a new client; for the embedded one also by a new engine.
    ClickHouse reopen() throws Exception;
  }
}
