package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Errors say whose turn it is, and nothing runs on behind the back of its caller.
abstract class FailureContract extends ClickHouseContract {
  @Test
  void tellsItsOwnFaultFromAUsersFault() {
    String unknown = "SELECT nope FROM contract.nope";
    assertFails(() -> all(Query.of(unknown)), Kind.BUG);
    assertFails(() -> all(Query.untrusted(unknown)), Kind.REFUSED);
    assertFails(() -> all(Query.untrusted("SELEC 1")), Kind.REFUSED);
    assertFails(() -> all(Query.untrusted("SELECT 1 + 'a'")), Kind.REFUSED);
    assertThatThrownBy(() -> all(Query.untrusted(unknown)))
        .isInstanceOfSatisfying(ClickHouseException.class, e -> assertThat(e.code()).isEqualTo(60));
  }

  @Test
  void isBusyWhenAQueryNeedsTooMuchMemory() {
    var greedy =
        Query.of("SELECT groupArray(number) FROM numbers(100000000)")
            .setting("max_memory_usage", 10_000_000);
    assertFails(() -> all(greedy), Kind.BUSY);
  }

  @Test
  void isBusyWhenAQueryTakesTooLong() {
    var slow = Query.of(ENDLESS).setting("max_execution_time", 1);
    long start = System.nanoTime();
    assertFails(() -> all(slow), Kind.BUSY);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void isBusyWhenATimeoutComesAfterRowsWereGiven() throws Exception {
    var slow = Query.of("SELECT number FROM system.numbers").setting("max_execution_time", 1);
    try (Rows rows = clickHouse().query(slow)) {
      assertThat(rows.next()).isTrue();
      assertFails(
          () -> {
            while (rows.next()) {
              assertThat(rows.getLong(0)).isNotNegative();
            }
          },
          Kind.BUSY);
    }
    assertThatNothingRuns();
  }

  @Test
  void settingsEndWithTheirStatement() throws Exception {
    String sql = "SELECT getSetting('max_block_size')";
    var own = Query.of(sql).setting("max_block_size", 1234);
    assertThat(all(own)).containsExactly(List.of(1234L));
    assertThat(all(Query.of(sql)).getFirst().getFirst()).isNotEqualTo(1234L);
  }

  @Test
  void endsAQueryThatIsNotReadToItsEnd() throws Exception {
    for (int round = 0; round < 20; round++) {
      try (Rows rows = clickHouse().query(Query.of("SELECT number FROM system.numbers"))) {
        assertThat(rows.next()).isTrue();
      }
    }
    assertThatNothingRuns();
  }

  @Test
  void endsAQueryWhoseCallerIsInterrupted() throws Exception {
    var outcome = new CompletableFuture<Object>();
    var caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                outcome.complete(all(Query.of(ENDLESS)));
              } catch (Exception e) {
                outcome.complete(Thread.currentThread().isInterrupted() ? e : "flag lost");
              }
            });
    while (running().isEmpty()) {
      Thread.onSpinWait();
    }
    caller.interrupt();
    assertThat(outcome.get(30, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BUSY));
    assertThatNothingRuns();
  }

  @Test
  void readsWhileAnotherQueryIsOpen() throws Exception {
    try (Rows outer = clickHouse().query(Query.of("SELECT number FROM numbers(200000)"))) {
      assertThat(outer.next()).isTrue();
      assertThat(all("SELECT 1")).containsExactly(List.of(1L));
      long rows = 1;
      while (outer.next()) {
        rows++;
      }
      assertThat(rows).isEqualTo(200_000);
    }
  }
}
