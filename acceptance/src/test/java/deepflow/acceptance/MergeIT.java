package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// While small blocks arrive one after the other and the engine merges them, every trace that was
/// readable once stays readable, whole.
class MergeIT {
  private static final int ROUNDS = Tier.times(60, 2_000);

  @Test
  void readsEveryTraceWhileItsPartsAreMerged(@TempDir Path data) throws Exception {
    SpanMill mill = LoadOn.mill("merge", 2, 8);
    Random random = Tier.random("merge");
    try (DeepFlow up = DeepFlow.up(data).start();
        LoadRun _ = LoadOn.start(up.address(), mill, 20 * mill.spansInRequest())) {
      ServerClient server = new ServerClient(up.address());
      for (int readable = 0; readable < ROUNDS; readable++) {
        String next = id(mill, readable, 0);
        Patience.await(
            Duration.ofSeconds(30),
            () -> assertThat(server.trace(next).map(Otlp::spans).orElse(List.of())).hasSize(8));
        for (int i = 0; i < 4; i++) {
          String earlier = id(mill, random.nextInt(readable + 1), 0);
          assertThat(server.trace(earlier).map(Otlp::spans).orElse(List.of()))
              .as("tests.seed=" + Tier.SEED)
              .hasSize(8);
        }
      }
      up.stop();
    }
  }

  private static String id(SpanMill mill, long number, int trace) {
    return HexFormat.of().formatHex(mill.traceId(number, trace));
  }
}
