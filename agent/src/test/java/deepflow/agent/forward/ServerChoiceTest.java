package deepflow.agent.forward;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ServerChoiceTest {
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final long seed = Long.getLong("tests.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private long now = random.nextLong();

  @Test
  void givesEachAgentAnOrderThatHoldsHoweverTheServersAreWritten() {
    Identity agent = Identity.random(random);
    List<ServerAddress> servers = servers(5);
    assertThat(choice(servers.reversed(), agent).order())
        .containsExactlyInAnyOrderElementsOf(servers)
        .isEqualTo(choice(servers, agent).order());
  }

  @Test
  void spreadsAgentsEvenlyAlsoWhenAServerFails() {
    Map<ServerAddress, Integer> first = new HashMap<>();
    Map<ServerAddress, Integer> second = new HashMap<>();
    ServerAddress failing = servers(5).getFirst();
    for (int i = 0; i < 5_000; i++) {
      ServerChoice choice = choice(servers(5), Identity.random(random));
      first.merge(choice.current(), 1, Integer::sum);
      if (choice.current().equals(failing)) {
        choice.failed();
        second.merge(choice.current(), 1, Integer::sum);
      }
    }
    assertThat(first.values()).as("seed %s", seed).hasSize(5).allMatch(n -> n > 850 && n < 1150);
    assertThat(second.values()).as("seed %s", seed).hasSize(4).allMatch(n -> n > 180 && n < 320);
  }

  @Test
  void movesOnlyToANewServer() {
    for (int i = 0; i < 1_000; i++) {
      Identity agent = Identity.random(random);
      ServerAddress before = choice(servers(4), agent).current();
      ServerAddress after = choice(servers(5), agent).current();
      assertThat(after).as("seed %s", seed).isIn(before, servers(5).getLast());
    }
  }

  @Test
  void triesAllServersInItsOrderAndBeginsAgain() {
    ServerChoice choice = choice(servers(3), Identity.random(random));
    List<ServerAddress> tried = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      tried.add(choice.current());
      choice.failed();
    }
    assertThat(tried.subList(0, 3)).isEqualTo(choice.order());
    assertThat(tried.subList(3, 6)).isEqualTo(choice.order());
  }

  @Test
  void looksForThePreferredServerEverySoOften() {
    ServerChoice choice = choice(servers(2), Identity.random(random));
    now += 10 * INTERVAL.toNanos();
    assertThat(choice.dueProbe()).as("it is the current one").isNull();

    choice.failed();
    for (int i = 0; i < 5; i++) {
      assertThat(waitForProbe(choice)).as("seed %s", seed).isBetween(INTERVAL, plusHalf(INTERVAL));
    }
    choice.returnToPreferred();
    assertThat(choice.current()).isEqualTo(choice.order().getFirst());
    assertThat(choice.dueProbe()).isNull();
  }

  @Test
  void doesNotFlapToAServerThatWelcomesAndFails() {
    ServerChoice choice = choice(servers(2), Identity.random(random));
    choice.failed();
    for (int i = 0; i < 8; i++) {
      Duration interval = INTERVAL.multipliedBy(1L << Math.min(i, 5));
      assertThat(waitForProbe(choice)).as("seed %s", seed).isBetween(interval, plusHalf(interval));
      choice.returnToPreferred();
      choice.failed();
    }
    waitForProbe(choice);
    choice.returnToPreferred();
    choice.progressed();
    choice.failed();
    assertThat(waitForProbe(choice)).isBetween(INTERVAL, plusHalf(INTERVAL));
  }

  @Test
  void staysWithTheOnlyServer() {
    ServerChoice choice = choice(servers(1), Identity.random(random));
    choice.failed();
    now += 10 * INTERVAL.toNanos();
    assertThat(choice.current()).isEqualTo(servers(1).getFirst());
    assertThat(choice.dueProbe()).isNull();
  }

  /// Until the next look, and on to it.
  private Duration waitForProbe(ServerChoice choice) {
    long start = now;
    while (choice.dueProbe() == null) {
      now += Duration.ofMillis(100).toNanos();
    }
    return Duration.ofNanos(now - start);
  }

  private static Duration plusHalf(Duration interval) {
    return interval.multipliedBy(3).dividedBy(2).plusMillis(200);
  }

  private ServerChoice choice(List<ServerAddress> servers, Identity agent) {
    return new ServerChoice(servers, agent, INTERVAL, random, () -> now);
  }

  private static List<ServerAddress> servers(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new ServerAddress("server-" + i, 20033))
        .toList();
  }
}
