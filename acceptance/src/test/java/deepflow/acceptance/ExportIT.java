package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The lines of docs/compatibility.md by which spans go out of a store and into one, run as they
/// stand there but for the ports.
class ExportIT {
  private static final Path PAGE = Path.of("../docs/compatibility.md");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int REQUESTS = 10;

  private static String commands(DeepFlow from, DeepFlow to) throws Exception {
    String commands =
        Files.readString(PAGE)
            .lines()
            .filter(line -> line.startsWith("    curl ") || line.startsWith("    while read "))
            .filter(line -> line.contains("shop.jsonl"))
            .map(String::strip)
            .collect(Collectors.joining("\n"));
    assertThat(commands.lines()).hasSize(2);
    return commands
        .replace(":20416", ":" + from.address().server())
        .replace(":4318", ":" + to.address().otlpHttp());
  }

  private static void export(Path folder, DeepFlow from, DeepFlow to) throws Exception {
    List<String> shell = List.of("bash", "-c", "set -euo pipefail\n" + commands(from, to));
    assertThat(Ran.of(folder, shell, "").quiet().replace("{\"partialSuccess\":{}}", "{}"))
        .matches("(\\{})+");
  }

  private static void load(DeepFlow up, SpanMill mill) throws Exception {
    try (LoadRun run = LoadOn.start(up.address(), mill, REQUESTS, 50_000)) {
      run.finish(PATIENCE);
      new ExactlyOnce(new ServerClient(up.address()), mill, run.accepted()).check(PATIENCE, 3);
    }
  }

  /// Rows in the store, however often a span was sent.
  private static long stored(DeepFlow up) throws Exception {
    JsonNode ledger = new ServerClient(up.address()).json("/v1/ledger?by=service");
    assertThat(ledger.path("columns").get(1).asString()).isEqualTo("stored");
    return ledger.path("values").valueStream().mapToLong(row -> row.get(1).asLong()).sum();
  }

  @Test
  void whatTheLinesOfThePageTakeOutTheyBringInElsewhereAndOnceWhereItIs(@TempDir Path folder)
      throws Exception {
    SpanMill mill = LoadOn.mill("shop");
    try (DeepFlow first = DeepFlow.up(folder.resolve("first")).start();
        DeepFlow second = DeepFlow.up(folder.resolve("second")).start()) {
      load(first, mill);
      export(folder, first, second);
      export(folder, first, first);

      long spans = (long) REQUESTS * mill.spansInRequest();
      String count = "SELECT Count(row) AS n FROM l7_flow_log";
      Patience.await(
          PATIENCE,
          () -> assertThat(new ServerClient(second.address()).number(count)).isEqualTo(spans));
      Patience.await(PATIENCE, () -> assertThat(stored(first)).isEqualTo(2 * spans));
      assertThat(new ServerClient(first.address()).number(count)).isEqualTo(spans);
      assertThat(rows(second)).isEqualTo(rows(first)).hasSize(100);
    }
  }

  /// Some of what a row says, labels and the sender's host among it.
  private static List<?> rows(DeepFlow up) throws Exception {
    return new ServerClient(up.address())
        .query(
            "SELECT trace_id, span_id, endpoint, app_service, ip_0, pod_0, response_code,"
                + " `attribute.thread.id` FROM l7_flow_log ORDER BY trace_id, span_id LIMIT 100");
  }
}
