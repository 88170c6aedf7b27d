package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.server.ingester.LinkAgent;
import deepflow.server.storage.OldStore;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A data directory that an earlier version filled, and in which a crash cut its last block short,
/// gives the answers of one that was always of today: for what was in it, and for what comes after.
class UpgradeTest {

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int TRACES = EveryQuestion.TRACES;

  @TempDir private static Path data;

  private static final Random random = new Random(SEED);
  private static final EveryQuestion questions = new EveryQuestion();
  private static final TracesData first = EveryQuestion.request(random);
  private static final TracesData second = EveryQuestion.request(random, TRACES);

  /// Some spans of each trace that was there, and new traces.
  private static final byte[] third =
      EveryQuestion.request(random, 0).toBuilder()
          .mergeFrom(EveryQuestion.request(random, 2 * TRACES))
          .build()
          .toByteArray();

  private static Map<String, String> stored;
  private static Map<String, String> andMore;

  private static void fill(String store, String lastFile, boolean dies) throws Exception {
    Path directory = Files.createDirectories(data.resolve(store).resolve("clickhouse"));
    try (ClickHouse clickHouse = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory))) {
      var old = new OldStore(clickHouse, lastFile);
      old.put(first, Instant.now());
      if (dies) {
        old.putAndDie(second, Instant.now());
      } else {
        old.put(second, Instant.now());
      }
    }
  }

  private static RunningServer start(String store) throws Exception {
    return ServerMain.start(ServerConfig.defaults(data.resolve(store)).withPorts(0, 0));
  }

  private static Map<String, String> answers(RunningServer server) throws Exception {
    int port = server.address().getPort();
    Map<String, String> answers = questions.answers(port);
    for (String path : new String[] {"/v1/ledger", "/v1/ledger?by=service"}) {
      answers.put(path, questions.get(port, path));
    }
    return answers;
  }

  private static void send(RunningServer server, byte[] request) throws Exception {
    try (LinkAgent agent = LinkAgent.connect(server.ingestPort(), OldStore.AGENT)) {
      agent.greet(2);
      agent.sendBatch(3, request);
      agent.awaitCommitted(3);
    }
  }

  @BeforeAll
  static void askAStoreOfToday() throws Exception {
    fill("today", OldStore.TODAY, /* dies= */ false);
    try (RunningServer server = start("today")) {
      stored = answers(server);
      send(server, third);
      andMore = answers(server);
    }
  }

  /// @param indexed whether the version had an index of links already
  @ParameterizedTest
  @CsvSource({"0009-values.sql, false", "0013-files.sql, false", "0014-link-index.sql, true"})
  void givesTheAnswersOfAStoreThatWasAlwaysOfToday(String lastFile, boolean indexed)
      throws Exception {
    fill(lastFile, lastFile, /* dies= */ true);

    for (String start : new String[] {"upgraded", "started again"}) {
      try (RunningServer server = start(lastFile)) {
        assertSame(start + " from " + lastFile, stored, answers(server));
        assertLinked(server, 1, indexed);
        assertLinked(server, TRACES + 1, true);
      }
    }
    try (RunningServer server = start(lastFile)) {
      send(server, third);
      assertSame("with more than " + lastFile, andMore, answers(server));
      assertLinked(server, 2 * TRACES + 1, true);
    }
  }

  private static void assertSame(
      String when, Map<String, String> wanted, Map<String, String> found) {
    EveryQuestion.assertSame("tests.seed=%s %s".formatted(SEED, when), wanted, found);
  }

  private static void assertLinked(RunningServer server, int trace, boolean indexed)
      throws Exception {
    String linking = "/v1/traces/" + EveryQuestion.traceId(trace) + "/linked-from";
    String answer = questions.get(server.address().getPort(), linking);
    if (indexed) {
      assertThat(answer).contains("\"linkedSpanId\"");
    } else {
      assertThat(answer).isEqualTo("{\"spans\":[],\"truncated\":false}");
    }
  }
}
