package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RepeatedTracesTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final int BLOCKS_IN_DAY = 24;
  private static final Identity AGENT = new Identity(3, 4);
  private static final long START = System.currentTimeMillis() * 1_000_000;

  /// What rollups took is forgotten after days in which nothing came; a year's blocks must not be
  /// looked at before the first question is answered.
  @Test
  void looksAtOneDayAtMost() throws Exception {
    open();
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.blocks (block_time, block_id) WITH"
                    + " toUnixTimestamp(now()) - 864000 - number * 3600 AS second"
                    + " SELECT toDateTime(second, 'UTC'), second * 1000000000 FROM numbers({blocks:UInt32})"
                        .replace("{blocks:UInt32}", Integer.toString(5 * BLOCKS_IN_DAY))));
    var looks = new AtomicInteger();

    assertThat(new RepeatedTraces(counting(looks)).between(0, Long.MAX_VALUE)).isFalse();
    assertThat(looks.get()).isBetween(1, BLOCKS_IN_DAY + 1);
  }

  /// Metrics are kept for a month, so what nobody has rolled up for days will be.
  @Test
  void looksAtAllBlocksSinceTheLastRollup() throws Exception {
    open();
    for (String sql :
        new String[] {
          "rollups SELECT now() - 1728000, 7, 1, 2, 0",
          "blocks (block_time, block_id) SELECT now() - 864000, toUnixTimestamp(now() - 864000) * 1000000000",
          "blocks (block_time, block_id) SELECT now(), toUnixTimestamp(now()) * 1000000000"
        }) {
      engine.clickHouse().execute(Query.of("INSERT INTO deepflow." + sql));
    }
    var looks = new AtomicInteger();

    assertThat(new RepeatedTraces(counting(looks)).between(0, Long.MAX_VALUE)).isFalse();
    assertThat(looks.get()).isEqualTo(2);
  }

  private static ForwardingClickHouse counting(AtomicInteger looks) {
    return new ForwardingClickHouse(engine.clickHouse()) {
      @Override
      public void execute(Query statement) throws ClickHouseException {
        looks.incrementAndGet();
        super.execute(statement);
      }
    };
  }

  /// Lanes commit their blocks independently of each other.
  @Test
  void findsASpanAgainInABlockThatWasLookedAtBeforeTheOneNamedEarlier() throws Exception {
    Store store = open();
    BlockId earlier = store.nextBlock();
    BlockId later = store.nextBlock();
    var repeated = new RepeatedTraces(engine.clickHouse());
    commit(store, later);
    assertThat(repeated.between(0, Long.MAX_VALUE)).isFalse();
    commit(store, earlier);

    assertThat(repeated.between(0, Long.MAX_VALUE)).isTrue();
  }

  /// A question waits for it, and so do all that come after.
  @Test
  void noLookTakesLongerThanAQuestionMay() throws Exception {
    Store store = open();
    commit(store, store.nextBlock());
    var limits = new ArrayList<@Nullable String>();
    var watched =
        new ForwardingClickHouse(engine.clickHouse()) {
          @Override
          public void execute(Query statement) throws ClickHouseException {
            limits.add(statement.settings().get("max_execution_time"));
            super.execute(statement);
          }

          @Override
          public Rows query(Query query) throws ClickHouseException {
            limits.add(query.settings().get("max_execution_time"));
            return super.query(query);
          }
        };

    assertThat(new RepeatedTraces(watched).between(0, Long.MAX_VALUE)).isFalse();
    assertThat(limits).hasSizeGreaterThan(2).containsOnly("30");
  }

  @Test
  void areNotedToTheEndThoughTheQuestionIsGivenUp() throws Exception {
    open();
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.blocks (block_time, block_id)"
                    + " SELECT now(), toUnixTimestamp(now()) * 1000000000"));
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var written = new CountDownLatch(1);
    var slow =
        new ForwardingClickHouse(engine.clickHouse()) {
          @Override
          public void execute(Query statement) throws ClickHouseException {
            begun.countDown();
            awaitUninterrupted(goOn);
            super.execute(statement);
            written.countDown();
          }
        };
    var repeated = new RepeatedTraces(slow);
    var failure = new CompletableFuture<Throwable>();
    Thread question =
        Thread.ofPlatform()
            .start(
                () -> failure.complete(catchThrowable(() -> repeated.between(0, Long.MAX_VALUE))));
    begun.await();
    question.interrupt();

    assertThat(failure.get(20, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> assertThat(e.kind()).isEqualTo(ClickHouseException.Kind.BUSY));
    goOn.countDown();
    assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
  }

  private static Store open() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    return Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(30)),
        InstantSource.system(),
        new Random(1));
  }

  /// The same span each time.
  private static void commit(Store store, BlockId id) throws Exception {
    byte[] request =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .addScopeSpans(
                        ScopeSpans.newBuilder()
                            .addSpans(
                                Span.newBuilder()
                                    .setTraceId(ByteString.fromHex("0a".repeat(16)))
                                    .setSpanId(ByteString.fromHex("0b".repeat(8)))
                                    .setStartTimeUnixNano(START)
                                    .setEndTimeUnixNano(START + 1_000_000))))
            .build()
            .toByteArray();
    var draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(AGENT, 1, id.number()));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(id);
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, id.number(), id.number(), 1, 1, 0)), List.of());
    store.commit(block, false);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("the write was interrupted", e);
    }
  }
}
