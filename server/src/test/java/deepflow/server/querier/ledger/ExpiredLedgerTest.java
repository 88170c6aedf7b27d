package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.RetentionRule;
import deepflow.server.storage.RetentionRules;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The balances of spans that are gone, when their day was dropped and when only what no rule kept
/// was taken out of it.
class ExpiredLedgerTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(7, 7);
  private static final Identity OTHER = new Identity(8, 8);
  private static final Identity DEEPFLOW = Identity.ofDeepFlowAgent(3);

  /// How spans go.
  enum Way {
    WHOLE_DAY,
    BY_RULE;

    RetentionRules rules() {
      return switch (this) {
        case WHOLE_DAY -> RetentionRules.of(Duration.ofDays(1));
        case BY_RULE ->
            new RetentionRules(
                List.of(RetentionRule.parse("9d service = kept")), Duration.ofDays(1));
      };
    }
  }

  private Instant now = Instant.parse("2026-11-05T10:00:00Z");
  private final Instant begin = now;

  private LedgerStore open(Way way) throws Exception {
    return new LedgerStore(
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Lifetimes.of(way.rules())),
            () -> now,
            new Random(1)));
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private static LedgerStore.Sent sent(Identity agent, long batch, String service, int spans) {
    return new LedgerStore.Sent(
        agent, batch, LedgerStore.request(agent.high() * 1_000 + batch, service, spans, 0));
  }

  /// A block of two services, with a batch of both and one that has only the second; each batch has
  /// the report of another hour.
  private void putForTwoHours(LedgerStore store) throws Exception {
    TracesData both =
        LedgerStore.request(1, "shop", 3, 0).toBuilder()
            .mergeFrom(LedgerStore.request(2, "cart", 2, 0))
            .build();
    store.put(List.of(new LedgerStore.Sent(AGENT, 1, both), sent(AGENT, 2, "cart", 4)));
    store.report(AGENT, now.plusSeconds(5), 1, 9, 5, 0, 0, 0, 0, 0);
    store.report(AGENT, now.plusSeconds(3_605), 2, 9, 9, 0, 0, 0, 0, 0);
    now = now.plusSeconds(3_605);
  }

  private void expire(LedgerStore store) throws Exception {
    now = now.plus(Duration.ofDays(3));
    store.store().expiry().run();
  }

  private Map<String, Balance> balances() throws Exception {
    return Balance.of(
        new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.AGENT, 0, now.getEpochSecond()));
  }

  /// The difference of each hour, of all agents.
  private List<Long> differencesByHour() throws Exception {
    return new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
        .entries(By.MINUTE, 0, now.getEpochSecond(), 3_600).stream()
            .collect(
                Collectors.groupingBy(
                    LedgerSteps.Entry::time,
                    TreeMap::new,
                    Collectors.mapping(
                        step -> new LedgerEntry("", step.spans().fate(), "", step.spans().spans()),
                        Collectors.toList())))
            .values()
            .stream()
            .map(hour -> Objects.requireNonNull(Balance.ofStep(hour).get("")).difference())
            .toList();
  }

  /// An agent says nothing more when it is stopped: what it sent last stays unreported. One batch
  /// is a block of its own, one is in a block with others that are reported.
  @ParameterizedTest
  @EnumSource
  void whatAnAgentThatIsGoneHadNotReportedIsNoLossWhenItsDayExpires(Way way) throws Exception {
    LedgerStore store = open(way);
    store.put(List.of(sent(AGENT, 1, "shop", 100), sent(AGENT, 2, "kept", 10)));
    store.put(
        List.of(
            sent(AGENT, 3, "shop", 50),
            sent(OTHER, 1, "shop", 7),
            sent(DEEPFLOW, 1, "shop", 3),
            sent(AGENT, 4, "shop", 5)));
    now = now.plusSeconds(5);
    store.report(AGENT, now, 3, 160, 160, 0, 0, 0, 0, 0);
    store.report(OTHER, now, 1, 7, 7, 0, 0, 0, 0, 0);
    store.put(List.of(sent(AGENT, 5, "shop", 2)));
    Map<String, Long> received = received();
    assertThat(received)
        .containsEntry(AGENT.toString(), 167L)
        .containsEntry(OTHER.toString(), 7L)
        .containsEntry(DEEPFLOW.toString(), 3L);

    expire(store);

    assertThat(received()).isEqualTo(received);
    balances()
        .forEach((agent, balance) -> {
          assertThat(balance.of(Fate.EXPIRED)).as(agent).isPositive();
          assertThat(balance.difference()).as(agent).isZero();
        });
  }

  @ParameterizedTest
  @EnumSource
  void spansOfServicesThatReportsCoverDifferentlyExpireOnce(Way way) throws Exception {
    LedgerStore store = open(way);
    putForTwoHours(store);

    expire(store);

    Balance balance = Objects.requireNonNull(balances().get(AGENT.toString()));
    assertThat(balance.of(Fate.EXPIRED)).isEqualTo(9);
    assertThat(balance.difference()).isZero();
    assertThat(differencesByHour()).containsOnly(0L);
  }

  @Test
  void spansOfServicesThatReportsCoverDifferentlyAreStoredOnce() throws Exception {
    putForTwoHours(open(Way.WHOLE_DAY));

    assertThat(
            new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
                .entries(By.SERVICE, 0, now.getEpochSecond(), LedgerSteps.ONE).stream()
                    .map(LedgerSteps.Entry::spans)
                    .filter(spans -> spans.fate() == Fate.STORED))
        .containsExactlyInAnyOrder(
            new LedgerEntry("cart", Fate.STORED, "", 6),
            new LedgerEntry("shop", Fate.STORED, "", 3));
  }

  private Map<String, Long> received() throws Exception {
    return balances().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, agent -> agent.getValue().of(Fate.RECEIVED)));
  }

  /// The last batch of an hour is reported in the next one.
  @ParameterizedTest
  @EnumSource
  void eachHourHasABalanceAfterItsSpansExpired(Way way) throws Exception {
    LedgerStore store = open(way);
    long batch = 0;
    long spans = 0;
    List<LedgerStore.Sent> waiting = new ArrayList<>();
    for (int block = 0; block < 13; block++) {
      now = begin.plus(Duration.ofMinutes(10L * block + 9)).plusSeconds(58);
      waiting.add(sent(AGENT, ++batch, "shop", 20));
      waiting.add(sent(AGENT, ++batch, "kept", 1));
      store.put(waiting);
      waiting.clear();
      spans += 21;
      now = now.plusSeconds(5);
      // Of the last block but the first batch, as its acknowledgement was late.
      store.report(AGENT, now, batch - 1, spans, spans - 1, 0, 0, 0, 0, 0);
    }
    store.report(AGENT, now, batch, spans, spans, 0, 0, 0, 0, 0);
    assertThat(differencesByHour()).containsExactly(0L, 0L, 0L);

    expire(store);

    assertThat(balances().get(AGENT.toString()))
        .extracting(balance -> balance.of(Fate.EXPIRED))
        .isEqualTo(way == Way.WHOLE_DAY ? spans : spans / 21 * 20);
    assertThat(differencesByHour()).containsExactly(0L, 0L, 0L);
  }
}
