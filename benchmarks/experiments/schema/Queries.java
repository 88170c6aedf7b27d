import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// The questions that people ask of the span table, timed by wall and CPU.
final class Queries {
  private static final String NEWEST = " ORDER BY start_time DESC LIMIT 20";

  private final Engine engine;
  private final Layout layout;
  private final StringBuilder line;
  private final List<String> traces;
  private final long rows;

  /// @param traces lines of "trace id in hex, start in epoch nanoseconds"
  Queries(Engine engine, Layout layout, StringBuilder line, List<String> traces, long rows) {
    this.engine = engine;
    this.layout = layout;
    this.line = line;
    this.traces = traces;
    this.rows = rows;
  }

  private interface Sql {
    String at(int i);
  }

  void run() {
    traces();
    search();
    if (Long.parseLong(engine.query("SELECT count() FROM trace_index")) > 0) {
      dependents();
    }
  }

  private void traces() {
    int n = Math.min(100, traces.size());
    Random random = new Random(3);
    String[][] picked = new String[n][];
    for (int i = 0; i < n; i++) {
      picked[i] = traces.get(random.nextInt(traces.size() * 9 / 10)).split(" ");
    }
    String byId = "SELECT * FROM spans WHERE trace_id = unhex('%s')";
    String minute =
        " AND start_time BETWEEN fromUnixTimestamp64Nano(%1$s - 60000000000)"
            + " AND fromUnixTimestamp64Nano(%1$s + 60000000000)";
    time("byId", n, i -> byId.formatted(picked[i][0]));
    time("byIdRange", n, i -> byId.formatted(picked[i][0]) + minute.formatted(picked[i][1]));
    time("missing", n, i -> byId.formatted(picked[i][0].replace('a', '3').replace('7', '1')));
  }

  private void search() {
    String select = "SELECT trace_id, start_time FROM spans";
    time("newest20", 10, i -> select + NEWEST);
    time("service20", 10, i -> select + " WHERE service = 'cart' AND status_code = 2" + NEWEST);
    time(
        "serviceRed",
        5,
        i ->
            "SELECT name, count(), countIf(status_code = 2), quantile(0.99)(duration)"
                + " FROM spans WHERE service = 'cart' GROUP BY name");
    String rare = rare();
    attribute("rareAttribute", i -> layout.search("app.user.id", rare) + " LIMIT 20");
    attribute("missingAttribute", i -> layout.search("app.user.id", "feedfacecafebee" + i));
    attribute("commonAttribute", i -> layout.search("app.tenant", "tenant-17") + NEWEST);
  }

  private void attribute(String name, Sql condition) {
    time(name, 6, i -> "SELECT trace_id, start_time FROM spans WHERE " + condition.at(i));
  }

  private void dependents() {
    String select = "SELECT trace_id, start_time FROM trace_index";
    time("indexNewest20", 10, i -> select + NEWEST);
    time(
        "indexMerged20",
        10,
        i ->
            "SELECT trace_id, min(start_time) AS t FROM trace_index WHERE start_time >"
                + " (SELECT max(start_time) - INTERVAL 15 MINUTE FROM trace_index)"
                + " GROUP BY trace_id ORDER BY t DESC LIMIT 20");
    time(
        "indexService20", 10, i -> select + " WHERE has(services, 'cart') AND errors > 0" + NEWEST);
    time("positionSpans", 5, i -> "SELECT agent, max(batch) FROM spans GROUP BY agent");
    time("positionBlocks", 5, i -> "SELECT agent, max(last_batch) FROM blocks GROUP BY agent");
    time(
        "unfilled",
        5,
        i ->
            "SELECT DISTINCT block_time, block_id FROM spans"
                + " WHERE block_id NOT IN (SELECT block_id FROM blocks)");
  }

  private String rare() {
    String condition = layout.search("app.user.id", "v");
    if (condition.startsWith("raw")) {
      return "4bf92f3577b34da6";
    }
    String value =
        condition.startsWith("has(")
            ? "attribute_values[7]"
            : condition.substring(0, condition.indexOf(" = "));
    return engine.query("SELECT " + value + " FROM spans LIMIT 1 OFFSET " + rows / 3);
  }

  private void time(String name, int n, Sql sql) {
    double[] wall = new double[n];
    engine.query(sql.at(0), "Native");
    double cpu = Bench.cpu();
    for (int i = 0; i < n; i++) {
      long start = System.nanoTime();
      engine.query(sql.at(i), "Native");
      wall[i] = (System.nanoTime() - start) / 1e6;
    }
    cpu = (Bench.cpu() - cpu) * 1000 / n;
    Arrays.sort(wall);
    line.append(
        "\n   %-18s p50 %.1f ms, p99 %.1f ms, cpu %.1f ms"
            .formatted(name, wall[n / 2], wall[n - 1], cpu));
  }
}
