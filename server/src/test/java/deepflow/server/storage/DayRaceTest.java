package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Blocks are committed while their day is dropped or cut, statement by statement in a random
/// order, on a disk that is full now and then, by a process that dies at any statement.
class DayRaceTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int ROUNDS = Boolean.getBoolean("deepflow.long") ? 400 : 8;
  private static final int SPANS = 6;
  private static final int NEVER = Integer.MAX_VALUE;

  /// One agent's batches, each a block, in their order.
  private static final class Lane {
    private final Identity agent;
    private final List<StoredBlock> sealed = new ArrayList<>();
    private long batch;

    Lane(int number) {
      agent = new Identity(7, number);
    }
  }

  /// Says that the disk is full when a test wants it so.
  private static final class Disk extends ForwardingClickHouse {
    private volatile boolean full;

    Disk(FaultyClickHouse behind) {
      super(behind);
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      String disks =
          "(SELECT name, toUInt64(%s) AS unreserved_space FROM system.disks)"
              .formatted(full ? 0 : 1L << 40);
      return super.query(
          new Query(
              // What is being removed doesn't count in here.
              query.sql().replace("system.disks", disks).replace("NOT active", "active AND 0"),
              query.parameters(),
              query.settings(),
              query.untrusted()));
    }
  }

  private final Random random = new Random(SEED);
  private final FaultyClickHouse faulty = new FaultyClickHouse(engine.clickHouse());
  private final Disk disk = new Disk(faulty);
  private final LockStep clickHouse = new LockStep(disk, random);
  private final List<Lane> lanes = List.of(new Lane(1), new Lane(2));
  private volatile Instant now = Instant.now();
  private Store store;

  @BeforeEach
  void empty() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    open();
  }

  private void open() throws Exception {
    var rules =
        new RetentionRules(List.of(RetentionRule.parse("3d service = shop")), Duration.ofDays(1));
    store =
        Store.open(clickHouse, StoreConfig.single(Lifetimes.of(rules)), () -> now, new Random(1));
  }

  private StoredBlock seal(Lane lane, long batch) throws Exception {
    byte[] request = request(lane.agent.low() * 1_000_000 + batch).toByteArray();
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(lane.agent, 1, batch));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(lane.agent, 1, batch, batch, 1, SPANS, 0)), List.of());
    return block;
  }

  /// A trace of each of two services, in a second of its own.
  private static TracesData request(long number) {
    TracesData.Builder request = TracesData.newBuilder();
    for (int i = 0; i < SPANS; i++) {
      String service = i % 2 == 0 ? "shop" : "till";
      byte[] trace = ByteBuffer.allocate(16).putLong(number).putInt(12, 1 + i % 2).array();
      byte[] id = ByteBuffer.allocate(8).putInt((int) number).putInt(i).array();
      long start = (1_700_000_000L + number) * 1_000_000_000L;
      request.addResourceSpans(
          ResourceSpans.newBuilder()
              .setResource(Resource.newBuilder().addAttributes(attribute("service.name", service)))
              .addScopeSpans(
                  ScopeSpans.newBuilder()
                      .addSpans(
                          Span.newBuilder()
                              .setTraceId(ByteString.copyFrom(trace))
                              .setSpanId(ByteString.copyFrom(id))
                              .addAttributes(attribute("order", "o" + number))
                              .addLinks(
                                  Span.Link.newBuilder()
                                      .setTraceId(ByteString.copyFrom(trace))
                                      .setSpanId(ByteString.copyFrom(id)))
                              .setStartTimeUnixNano(start)
                              .setEndTimeUnixNano(start + 1))));
    }
    return request.build();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  /// As a lane does it.
  private Callable<Void> commits(Lane lane) {
    return () -> {
      for (StoredBlock block : lane.sealed) {
        for (boolean again = false; ; again = true) {
          try {
            store.commit(block, again);
            break;
          } catch (ClickHouseException e) {
            assertThat(e.kind()).isEqualTo(ClickHouseException.Kind.BUSY);
          }
        }
      }
      return null;
    };
  }

  private Callable<Void> expires() {
    int looks = 1 + random.nextInt(3);
    return () -> {
      for (int look = 0; look < looks; look++) {
        try {
          store.expiry().run();
        } catch (ClickHouseException e) {
          assertThat(e.kind()).isEqualTo(ClickHouseException.Kind.BUSY);
        }
      }
      return null;
    };
  }

  private Fault fault(String sql) {
    return switch (random.nextInt(sql.contains("deepflow.spans ") ? 6 : 24)) {
      case 0 -> Fault.BUSY_BEFORE;
      case 1 -> Fault.BUSY_AFTER;
      default -> Fault.NONE;
    };
  }

  private void endFaults() {
    faulty.setFaults(_ -> Fault.NONE);
    faulty.setStatementFaults(_ -> Fault.NONE);
  }

  private void round() throws Exception {
    for (Lane lane : lanes) {
      lane.sealed.clear();
      for (int i = 1 + random.nextInt(2); i > 0; i--) {
        lane.sealed.add(seal(lane, ++lane.batch));
      }
    }
    now = now.plus(Duration.ofDays(1 + random.nextInt(3)));
    disk.full = random.nextInt(3) == 0;
    boolean faults = random.nextBoolean();
    faulty.setFaults(faults ? this::fault : _ -> Fault.NONE);
    faulty.setStatementFaults(faults ? this::fault : _ -> Fault.NONE);
    boolean lived =
        clickHouse.run(
            List.of(commits(lanes.get(0)), commits(lanes.get(1)), expires()),
            random.nextInt(3) == 0 ? random.nextInt(60) : NEVER);
    endFaults();
    if (!lived) {
      open();
      sendAgain();
    }
    disk.full = false;
    store.expiry().run();
  }

  /// What an agent has no acknowledgement of, and the store hasn't said that it has.
  private void sendAgain() throws Exception {
    for (Lane lane : lanes) {
      Position position = store.positions().getOrDefault(lane.agent, Position.START);
      lane.sealed.clear();
      for (long batch = position.committed() + 1; batch <= lane.batch; batch++) {
        lane.sealed.add(seal(lane, batch));
      }
      commits(lane).call();
    }
  }

  private void check(String when) throws Exception {
    for (Lane lane : lanes) {
      String ofAgent = " WHERE agent = unhex('%s')".formatted(lane.agent);
      long stored = engine.number("SELECT count() FROM deepflow.spans" + ofAgent);
      long expired = engine.number("SELECT sum(spans) FROM deepflow.expired" + ofAgent);
      assertThat(stored + expired)
          .as("%s: %s stored, %s expired", when, stored, expired)
          .isEqualTo(lane.batch * SPANS);
      assertThat(store.positions().getOrDefault(lane.agent, Position.START).committed())
          .as(when)
          .isEqualTo(lane.batch);
    }
    String spans = "(SELECT block_id, trace_id, count() FROM deepflow.spans GROUP BY ALL)";
    String index =
        "(SELECT block_id, trace_id, toUInt64(sum(span_count)) FROM deepflow.trace_index GROUP BY ALL)";
    String links = "(SELECT block_id, trace_id, count() FROM deepflow.link_index GROUP BY ALL)";
    for (String other : List.of(index, links)) {
      assertThat(engine.number("SELECT count() FROM (%s EXCEPT %s)".formatted(spans, other)))
          .as("%s: spans that no id leads to", when)
          .isZero();
      assertThat(engine.number("SELECT count() FROM (%s EXCEPT %s)".formatted(other, spans)))
          .as("%s: ids that lead nowhere", when)
          .isZero();
    }
    assertThat(
            engine.number(
                "SELECT count() FROM deepflow.spans WHERE (toDate(block_time), %s) NOT IN (SELECT day, step FROM deepflow.value_index)"
                    .formatted(SpanOrder.step("start_time"))))
        .as("%s: spans that no value leads to", when)
        .isZero();
    assertThat(store.committedBelow())
        .as(when)
        .isGreaterThan(engine.number("SELECT max(block_id) FROM deepflow.blocks"));
  }

  @Test
  void eachSpanIsStoredWholeOrExpiredOnceWhenBlocksComeIntoADayThatGoes() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      round();
      check("tests.seed=%s round %s".formatted(SEED, round));
    }
  }

  @Test
  void aFullDiskSparesTheNextDayWhileABlockIsBeingCommittedIntoOneThatIsOver() throws Exception {
    store.commit(seal(lanes.get(0), 1), false);
    StoredBlock late = seal(lanes.get(0), 2);
    now = now.plus(Duration.ofDays(1));
    store.commit(seal(lanes.get(1), 1), false);
    LocalDate next = LocalDate.ofInstant(now, ZoneOffset.UTC);
    now = now.plus(Duration.ofDays(3));
    disk.full = true;
    faulty.setFaults(sql -> {
      faulty.setFaults(_ -> Fault.NONE);
      expireNow();
      return Fault.NONE;
    });
    store.commit(late, false);

    assertThat(
            Store.number(
                engine.clickHouse(),
                Query.of(
                    "SELECT count() FROM deepflow.spans WHERE toDate(block_time) = '%s'"
                        .formatted(next))))
        .isEqualTo(SPANS);
  }

  private void expireNow() {
    try {
      store.expiry().run();
    } catch (ClickHouseException e) {
      throw new AssertionError(e);
    }
  }
}
