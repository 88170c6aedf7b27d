package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadReport;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many spans by two paths at once, as fast as they are taken: a million in the long tier.
class MillionSpansIT {
  private static final long SPANS = Tier.LONG ? 1_000_000 : 200_000;

  @Test
  void keepsEverySpanThatCameByGrpcAndHttpAtOnce(@TempDir Path data) throws Exception {
    SpanMill mill = LoadOn.mill("million");
    long requests = Math.ceilDiv(SPANS, mill.spansInRequest());
    try (DeepFlow up = DeepFlow.up(data).start();
        LoadRun run = LoadOn.start(up.address(), mill, requests, Double.POSITIVE_INFINITY)) {
      LoadReport report = run.finish(Duration.ofMinutes(5));
      Report.say("load", report);
      assertThat(report.refusals()).isEmpty();
      assertThat(report.acceptedRequests()).isEqualTo(requests);

      new ExactlyOnce(new ServerClient(up.address()), mill, run.accepted())
          .check(Duration.ofMinutes(2), 200);
      up.stop();
    }
  }
}
