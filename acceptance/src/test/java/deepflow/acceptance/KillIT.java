package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadReport;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// kill -9 in the middle of ingest, under a sender that sends again, byte for byte, whatever was
/// not acknowledged: every acknowledged span is there afterwards, and none is there twice.
class KillIT {
  private static final int KILLS = Tier.times(2, 20);
  private static final int RUNS = Tier.times(1, 10);
  private static final double SPANS_PER_SECOND = 20_000;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);

  /// Each on a store of its own, so that the judgement of one stays small.
  static IntStream runs() {
    return IntStream.rangeClosed(1, RUNS);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void losesNothingAndDoublesNothingWhenUpIsKilled(int number, @TempDir Path data)
      throws Exception {
    SpanMill mill = LoadOn.mill("kill-up-" + number);
    Random random = Tier.random("kill-up-" + number);
    try (DeepFlow up = DeepFlow.up(data).start();
        LoadRun run = LoadOn.start(up.address(), mill, SPANS_PER_SECOND)) {
      for (int i = 0; i < KILLS; i++) {
        LoadOn.awaitProgress(run, random.nextInt(10, 80));
        up.kill();
        up.start();
      }
      LoadOn.awaitProgress(run, 20);
      judge(run, new ServerClient(up.address()), mill);
      up.stop();
      StoredTables.check(data, mill, run.acceptedRequests());
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void losesNothingAndDoublesNothingWhenAgentAndServerAreKilledInTurn(
      int number, @TempDir Path agentData, @TempDir Path serverData) throws Exception {
    SpanMill mill = LoadOn.mill("kill-two-" + number);
    Random random = Tier.random("kill-two-" + number);
    try (DeepFlow server = DeepFlow.server(serverData).start();
        DeepFlow agent = DeepFlow.agent(agentData, server.address().ingest()).start();
        LoadRun run = LoadOn.start(agent.address(), mill, SPANS_PER_SECOND)) {
      for (int i = 0; i < KILLS; i++) {
        for (DeepFlow victim : new DeepFlow[] {server, agent}) {
          LoadOn.awaitProgress(run, random.nextInt(10, 80));
          victim.kill();
          victim.start();
        }
      }
      LoadOn.awaitProgress(run, 20);
      judge(run, new ServerClient(server.address()), mill);
      agent.stop();
      server.stop();
      StoredTables.check(serverData, mill, run.acceptedRequests());
    }
  }

  private static void judge(LoadRun run, ServerClient server, SpanMill mill) throws Exception {
    LoadReport report = run.stop(Duration.ofSeconds(60));
    Report.say("kill run", KILLS + " kills each: " + report);
    assertThat(report.refusals()).isEmpty();
    assertThat(report.unanswered()).isZero();
    assertThat(report.resends())
        .as("requests sent again: without one, no kill came in the middle of anything")
        .isPositive();
    BitSet accepted = run.accepted();
    new ExactlyOnce(server, mill, accepted).check(CATCH_UP, 50);
  }
}
