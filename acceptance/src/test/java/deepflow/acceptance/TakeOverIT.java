package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadReport;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two servers of one store: a store is open in one process at a time, so one stands by and takes
/// the data directory over when the other is gone. Agents know both.
class TakeOverIT {
  private static final int TURNS = Tier.times(2, 10);
  private static final double SPANS_PER_SECOND = Tier.times(5_000, 20_000);
  private static final Pattern STORED_BLOCKS =
      Pattern.compile("(?m)^deepflow_server_blocks_total [1-9]");

  @Test
  void losesNothingAndDoublesNothingWhenServersTakeTheStoreOverFromEachOther(
      @TempDir Path agentData, @TempDir Path serverData) throws Exception {
    SpanMill mill = LoadOn.mill("take-over");
    try (DeepFlow one = DeepFlow.server(serverData);
        DeepFlow other = DeepFlow.server(serverData);
        DeepFlow agent =
            DeepFlow.agent(
                    agentData,
                    "127.0.0.1:%s,127.0.0.1:%s"
                        .formatted(one.address().ingest(), other.address().ingest()))
                .start();
        LoadRun run = LoadOn.start(agent.address(), mill, SPANS_PER_SECOND)) {
      for (int i = 0; i < TURNS; i++) {
        serve(one, run);
        one.kill();
        serve(other, run);
        other.kill();
      }
      serve(one, run);

      LoadReport report = run.stop(Duration.ofSeconds(30));
      Report.say("take over", 2 * TURNS + " times: " + report);
      assertThat(report.refusals()).isEmpty();
      assertThat(report.unanswered()).isZero();
      new ExactlyOnce(new ServerClient(one.address()), mill, run.accepted())
          .check(Duration.ofSeconds(60), 20);
      agent.stop();
      one.stop();
      StoredTables.check(serverData, mill, run.acceptedRequests());
    }
  }

  /// Starts a server, which has to go on from what the other one has stored, and waits until it has
  /// stored something.
  private static void serve(DeepFlow server, LoadRun run) throws Exception {
    server.start();
    ServerClient client = new ServerClient(server.address());
    Patience.await(
        Duration.ofSeconds(60),
        "nothing is stored by %s".formatted(server.address()),
        () -> STORED_BLOCKS.matcher(client.get("/metrics").body()).find());
    LoadOn.awaitProgress(run, 20);
  }
}
