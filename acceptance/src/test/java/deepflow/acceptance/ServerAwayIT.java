package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadReport;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An agent whose server is stopped, slow, cut off, restarted or not there at all goes on
/// accepting, keeps what it has accepted, and catches up.
class ServerAwayIT {
  private static final Duration CATCH_UP = Duration.ofSeconds(60);
  private static final Duration AWAY = Duration.ofSeconds(Tier.times(4, 60));
  private static final double SPANS_PER_SECOND = 10_000;

  @Test
  void acceptsWhileTheServerIsStoppedAndCatchesUp(@TempDir Path agentData, @TempDir Path serverData)
      throws Exception {
    SpanMill mill = LoadOn.mill("stopped");
    try (DeepFlow server = DeepFlow.server(serverData).start();
        DeepFlow agent = DeepFlow.agent(agentData, server.address().ingest()).start();
        LoadRun run = LoadOn.start(agent.address(), mill, SPANS_PER_SECOND)) {
      LoadOn.awaitProgress(run, 20);
      server.process().signal("STOP");
      goOnAccepting(run, AWAY);
      server.process().signal("CONT");
      LoadOn.awaitProgress(run, 20);

      judge(run, server, mill);
    }
  }

  @Test
  void acceptsWhileTheServerIsRestartedTheLinkIsCutAndTheLinkIsSlow(
      @TempDir Path agentData, @TempDir Path serverData) throws Exception {
    SpanMill mill = LoadOn.mill("slow");
    try (DeepFlow server = DeepFlow.server(serverData).start();
        SlowLink link = SlowLink.to(server.address().ingest());
        DeepFlow agent = DeepFlow.agent(agentData, link.port()).start();
        LoadRun run = LoadOn.start(agent.address(), mill, SPANS_PER_SECOND)) {
      LoadOn.awaitProgress(run, 20);
      server.stop();
      goOnAccepting(run, Duration.ofSeconds(1));
      server.start();
      for (int i = 0; i < Tier.times(3, 30); i++) {
        LoadOn.awaitProgress(run, 20);
        link.cut();
      }
      link.limit(50_000);
      goOnAccepting(run, AWAY);
      link.limit(Double.POSITIVE_INFINITY);

      judge(run, server, mill);
    }
  }

  @Test
  void acceptsBeforeThereIsAServerAtAll(@TempDir Path agentData, @TempDir Path serverData)
      throws Exception {
    SpanMill mill = LoadOn.mill("before");
    try (DeepFlow server = DeepFlow.server(serverData);
        DeepFlow agent = DeepFlow.agent(agentData, server.address().ingest()).start();
        LoadRun run = LoadOn.start(agent.address(), mill, SPANS_PER_SECOND)) {
      LoadOn.awaitProgress(run, 40);
      // What it took alone must outlive the agent as well.
      agent.kill();
      agent.start();
      LoadOn.awaitProgress(run, 20);
      server.start();

      judge(run, server, mill);
    }
  }

  /// For that long, the agent never stops accepting for more than a few seconds.
  private static void goOnAccepting(LoadRun run, Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      long before = run.acceptedRequests();
      Patience.await(
          Duration.ofSeconds(5),
          "the agent has stopped accepting; failures: " + run.failures(),
          () -> run.acceptedRequests() > before);
    }
  }

  private static void judge(LoadRun run, DeepFlow server, SpanMill mill) throws Exception {
    LoadReport report = run.stop(Duration.ofSeconds(30));
    Report.say(mill.service(), report);
    assertThat(report.refusals()).isEmpty();
    assertThat(report.unanswered()).isZero();
    new ExactlyOnce(new ServerClient(server.address()), mill, run.accepted()).check(CATCH_UP, 20);
  }
}
