package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadReport;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An agent that sends DeepFlow's frames. Our server takes them as DeepFlow's does, so what comes
/// out of it shows what an agent with `agent.link: deepflow` says.
class DeepFlowLinkIT {
  private static final int TRACES_IN_REQUEST = 512;

  @Test
  void deliversEverySpanWithTheSameContent(@TempDir Path agentData, @TempDir Path serverData)
      throws Exception {
    // Requests of 4,096 spans are several frames each.
    SpanMill mill = LoadOn.mill("deepflow-link", TRACES_IN_REQUEST, 8);
    try (DeepFlow server = DeepFlow.server(serverData).start();
        DeepFlow agent =
            DeepFlow.agent(agentData, server.address().ingest(), "--agent-link", "deepflow")
                .start();
        LoadRun run = LoadOn.start(agent.address(), mill, 12, 20_000)) {
      LoadReport report = run.finish(Duration.ofMinutes(2));
      assertThat(report.refusals()).isEmpty();

      new ExactlyOnce(new ServerClient(server.address()), mill, run.accepted())
          .check(Duration.ofMinutes(1), 50);
      agent.stop();
      server.stop();
    }
  }
}
