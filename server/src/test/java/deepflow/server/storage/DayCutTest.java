package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Random traces of many days under rules that change, in a process that dies at any statement:
/// what stays is what plain Java keeps, and all else is counted as expired, once.
class DayCutTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int STEPS = Boolean.getBoolean("deepflow.long") ? 100 : 12;
  private static final Identity AGENT = new Identity(5, 6);
  private static final List<String> SERVICES = List.of("shop", "支付", "it's");
  private static final List<String> RULES =
      List.of(
          "9d status = error",
          "1d service = shop",
          "6d attribute.tenant = \"gold \\\"1\\\"\"",
          "4d duration >= 2s and service = \"it's\"",
          "5d attribute.region = eu",
          "2d attribute.debug = \"\"");

  /// @param day in which it was stored
  private record Sent(
      LocalDate day,
      long trace,
      String service,
      boolean error,
      long micros,
      boolean gold,
      boolean debug) {

    boolean fits(RetentionRule rule) {
      return rule.conditions().stream()
          .allMatch(condition ->
              switch (condition) {
                case RetentionRule.Condition.Status(int code) -> error == (code == 2);
                case RetentionRule.Condition.Service(String name) -> service.equals(name);
                case RetentionRule.Condition.Slower(Duration than) ->
                    micros * 1_000 >= than.toNanos();
                case RetentionRule.Condition.Attribute(String key, String _) ->
                    switch (key) {
                      case "tenant" -> gold;
                      case "debug" -> debug;
                      default -> service.equals("支付");
                    };
              });
    }

    Duration lifetime(RetentionRules rules) {
      return rules.rules().stream()
          .filter(this::fits)
          .map(RetentionRule::lifetime)
          .findFirst()
          .orElse(rules.otherwise());
    }
  }

  /// Dies at one of the next statements, before it or after it.
  private static final class Mortal extends ForwardingClickHouse {
    private int left = Integer.MAX_VALUE;
    private boolean after;

    Mortal() {
      super(engine.clickHouse());
    }

    @Override
    public void execute(Query statement) throws ClickHouseException {
      boolean dies = left-- == 0;
      if (!dies || after) {
        super.execute(statement);
      }
      if (dies) {
        throw new IllegalStateException("dead");
      }
    }
  }

  private static final Span.Link LINK =
      Span.Link.newBuilder()
          .setTraceId(ByteString.copyFromUtf8("sixteen bytes id"))
          .setSpanId(ByteString.copyFromUtf8("8 bytes."))
          .build();

  private final Random random = new Random(SEED);
  private final List<Sent> spans = new ArrayList<>();
  private Instant now = Instant.now(); // what is older expires by the engine's own clock
  private long batch;
  private long stored;
  private RetentionRules rules = RetentionRules.of(Duration.ofDays(3));
  private Mortal clickHouse = new Mortal();
  private Store store;

  @BeforeEach
  void open() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    start();
  }

  private void start() throws Exception {
    clickHouse = new Mortal();
    store =
        Store.open(clickHouse, StoreConfig.single(Duration.ofDays(3)), () -> now, new Random(1));
  }

  private LocalDate today() {
    return LocalDate.ofInstant(now, ZoneOffset.UTC);
  }

  private Predicate<LocalDate> isOver(Duration lifetime) {
    LocalDate first = LocalDate.ofInstant(now.minus(lifetime), ZoneOffset.UTC);
    return day -> day.isBefore(first);
  }

  /// Traces of one or more spans; some of their spans come a day later.
  private void send() throws Exception {
    TracesData.Builder traces = TracesData.newBuilder();
    for (int i = 0; i < 30; i++) {
      String service = SERVICES.get(random.nextInt(SERVICES.size()));
      boolean error = random.nextInt(8) == 0;
      boolean gold = random.nextInt(8) == 0;
      long micros = random.nextLong(3_000_000);
      long trace = batch * 20 + random.nextInt(25) + 1;
      boolean debug = random.nextInt(4) == 0;
      spans.add(new Sent(today(), trace, service, error, micros, gold, debug));
      traces.addResourceSpans(
          ResourceSpans.newBuilder()
              .setResource(
                  Resource.newBuilder()
                      .addAttributes(attribute("service.name", service))
                      .addAttributes(list("region", "all", service.equals("支付") ? "eu" : "us")))
              .addScopeSpans(
                  ScopeSpans.newBuilder().addSpans(span(spans.size(), spans.getLast()))));
    }
    batch++;
    byte[] request = traces.build().toByteArray();
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(AGENT, 1, batch));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
    stored += 30;
  }

  private static Span span(long id, Sent sent) {
    long start = 1_700_000_000_000_000_000L + sent.trace;
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16).putLong(8, sent.trace)))
            .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(0, id)))
            .setName("GET /")
            .addLinks(LINK)
            .setStartTimeUnixNano(start)
            .setEndTimeUnixNano(start + sent.micros * 1_000);
    if (sent.error) {
      span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
    }
    if (sent.debug) {
      span.addAttributes(attribute("debug", ""));
    }
    if (sent.gold) {
      // Of a key that is there twice the last counts.
      span.addAttributes(attribute("tenant", "copper"));
      String value = "gold \"1\"";
      span.addAttributes(
          id % 2 == 0 ? attribute("tenant", value) : list("tenant", "silver", value));
    }
    return span.build();
  }

  private static KeyValue list(String key, String... values) {
    ArrayValue.Builder list = ArrayValue.newBuilder();
    List.of(values).forEach(value -> list.addValues(AnyValue.newBuilder().setStringValue(value)));
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setArrayValue(list))
        .build();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  /// The day and trace of each span that is kept, with their number.
  private Map<String, Long> wanted() {
    Map<String, Duration> lifetimes = new TreeMap<>();
    for (Sent sent : spans) {
      lifetimes.merge(
          sent.day + " " + sent.trace, sent.lifetime(rules), (a, b) -> a.compareTo(b) > 0 ? a : b);
    }
    spans.removeIf(sent ->
        isOver(lifetimes.getOrDefault(sent.day + " " + sent.trace, Duration.ZERO)).test(sent.day));
    Map<String, Long> wanted = new TreeMap<>();
    spans.forEach(sent -> wanted.merge(sent.day + " " + sent.trace, 1L, Long::sum));
    return wanted;
  }

  private static Map<String, Long> found(String table, String count) throws Exception {
    Map<String, Long> found = new TreeMap<>();
    String sql =
        "SELECT concat(toString(toDate(block_time)), ' ', toString(reinterpretAsUInt64(reverse(substring(trace_id, 9, 8))))) AS trace, toInt64(%s) FROM deepflow.%s GROUP BY trace"
            .formatted(count, table);
    try (Rows rows = engine.clickHouse().query(Query.of(sql))) {
      while (rows.next()) {
        found.put(rows.getString(0), rows.getLong(1));
      }
    }
    return found;
  }

  private void choose() throws Exception {
    List<RetentionRule> some = new ArrayList<>();
    for (String rule : RULES) {
      if (random.nextBoolean()) {
        some.add(RetentionRule.parse(rule));
      }
    }
    rules = new RetentionRules(some, Duration.ofDays(2 + random.nextInt(2)));
    new RetentionSetting(clickHouse, Lifetimes.of(Duration.ofDays(3))).choose(Lifetimes.of(rules));
  }

  /// Dies now and then, and starts anew.
  private void expire() throws Exception {
    while (true) {
      clickHouse.left = random.nextInt(4) == 0 ? 1_000 : random.nextInt(16);
      clickHouse.after = random.nextBoolean();
      try {
        store.expiry().run();
        clickHouse.left = Integer.MAX_VALUE;
        return;
      } catch (IllegalStateException e) {
        assertThat(e).hasMessage("dead");
        start();
      }
    }
  }

  @Test
  void keepsWhatRulesKeepAndCountsAllElseOnce() throws Exception {
    for (int step = 0; step < STEPS; step++) {
      if (random.nextInt(3) == 0) {
        choose();
      }
      send();
      send();
      now = now.plus(Duration.ofHours(12 + random.nextInt(24)));
      send();
      expire();
      Map<String, Long> wanted = wanted();
      String when = "tests.seed=%s step %s rules %s".formatted(SEED, step, rules);
      assertThat(found("spans", "count()")).as(when).isEqualTo(wanted);
      assertThat(found("trace_index", "sum(span_count)")).as(when).isEqualTo(wanted);
      assertThat(found("link_index", "count()")).as(when).isEqualTo(wanted);
      long expired =
          Store.number(engine.clickHouse(), Query.of("SELECT sum(spans) FROM deepflow.expired"));
      assertThat(expired + spans.size()).as(when).isEqualTo(stored);
    }
  }

  /// The engine lets notes and what they are of expire by merges of their own, some hours apart.
  @Test
  void aCutWhoseNoteExpiredFirstIsNoneThatACrashLeftBehind() throws Exception {
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.expired (day, hour, reason, spans, cut)"
                    + " SELECT today() - 100, now() - 8640000, 'rule', 7, 1"));
    send();
    store.expiry().run();

    assertThat(found("spans", "count()")).isEqualTo(wanted());
  }
}
