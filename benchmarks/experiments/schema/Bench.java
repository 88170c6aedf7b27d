import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Measures one design of the span table and prints one line of figures.
///
/// `java Bench library=…/libchdb.so work=FOLDER name=value…`; README.md says what the names mean.
final class Bench {
  private static final String PARAMETERS =
      """
      label=
      layout=map
      rows=1000000
      block=100000
      sorted=no
      order=toStartOfHour(start_time), trace_id, start_time
      granularity=2048
      codec=ZSTD(1)
      wide=
      settings=
      window=0
      insert=
      indexes=
      config=
      dependents=no
      merges=after
      queries=no
      final=yes
      columns=no
      rate=300
      spread=100
      work=.
      library=\
      """;
  private static final List<String> ENGINE =
      List.of(
          "--max_server_memory_usage=4000000000",
          "--mark_cache_size=134217728",
          "--index_mark_cache_size=67108864",
          "--primary_index_cache_size=134217728",
          "--background_pool_size=2",
          "--max_thread_pool_size=200",
          "--async_insert=0",
          "--max_threads=2");

  private final Map<String, String> p;
  private final Tables tables;
  private final double millions;
  private final StringBuilder line = new StringBuilder();

  private Bench(Map<String, String> p) {
    this.p = p;
    tables = new Tables(p);
    millions = Integer.parseInt(p.get("rows")) / 1e6;
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> p = parameters(args);
    Engine.load(Path.of(p.get("library")));
    new Bench(p).run();
    System.exit(0);
  }

  /// The defaults, changed by `name=value` arguments.
  static Map<String, String> parameters(String... args) {
    Map<String, String> p = new LinkedHashMap<>();
    PARAMETERS.lines().forEach(line -> put(p, line));
    for (String argument : args) {
      put(p, argument);
    }
    return p;
  }

  private static void put(Map<String, String> p, String pair) {
    int i = pair.indexOf('=');
    p.put(pair.substring(0, i), pair.substring(i + 1));
  }

  /// User and system seconds of this process, the engine's threads included.
  static double cpu() {
    var os =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return os.getProcessCpuTime() / 1e9;
  }

  private boolean yes(String key) {
    return p.get(key).equals("yes");
  }

  private void run() throws Exception {
    Path data = new Blocks(p).folder();
    Path path = Files.createTempDirectory(Path.of(p.get("work")), "db-");
    if (!p.get("config").isEmpty()) {
      Files.writeString(
          Engine.configuration(path), "<clickhouse>" + p.get("config") + "</clickhouse>");
    }
    try (Engine engine = new Engine(path, ENGINE)) {
      Layout layout = Layout.of(p.get("layout"));
      create(engine, layout);
      ingest(engine, data);
      sizes(engine);
      if (yes("queries")) {
        List<String> traces = Files.readAllLines(data.resolve("traces"));
        new Queries(engine, layout, line, traces, Integer.parseInt(p.get("rows"))).run();
      }
    } finally {
      delete(path);
    }
    System.out.println(p.get("label") + " |" + line);
  }

  static void delete(Path store) throws IOException {
    Files.deleteIfExists(Engine.configuration(store));
    try (var files = Files.walk(store)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    }
  }

  private void create(Engine engine, Layout layout) {
    engine.query(tables.spans(layout));
    engine.query(tables.traceIndex());
    engine.query(tables.blocks());
    if (p.get("dependents").equals("views")) {
      String view = "CREATE MATERIALIZED VIEW %s TO %s AS ";
      engine.query(view.formatted("v1", "trace_index") + Tables.SELECT_TRACES.formatted(""));
      engine.query(view.formatted("v2", "blocks") + Tables.SELECT_BLOCKS.formatted(""));
    }
    if (p.get("merges").equals("after")) {
      engine.query("SYSTEM STOP MERGES");
    }
  }

  private void ingest(Engine engine, Path data) throws Exception {
    int blocks = Integer.parseInt(p.get("rows")) / Integer.parseInt(p.get("block"));
    double begun = cpu();
    double dependents = 0;
    for (int b = 0; b < blocks; b++) {
      send(engine, data.resolve(b + ".native"), Tables.insert("spans", "b" + b, p.get("insert")));
      double before = cpu();
      dependents(engine, data, b);
      dependents += cpu() - before;
    }
    double inserted = cpu();
    figure("insertCpuPerM", (inserted - begun - dependents) / millions);
    figure("dependentsCpuPerM", dependents / millions);
    engine.query("SYSTEM START MERGES");
    awaitQuiet(engine);
    figure("mergeCpuPerM", (cpu() - inserted) / millions);
    figure("totalCpuPerM", (cpu() - begun) / millions);
    figure(
        "mergedRowsPerRow",
        number(engine, "sum(value) / 1e6 FROM system.events WHERE event = 'MergedRows'")
            / millions);
  }

  private void dependents(Engine engine, Path data, int b) throws IOException {
    String where = "WHERE block_id = " + (b + 1);
    switch (p.get("dependents")) {
      case "fill" -> {
        engine.query(
            Tables.insert("trace_index", "b" + b, "") + Tables.SELECT_TRACES.formatted(where));
        engine.query(Tables.insert("blocks", "b" + b, "") + Tables.SELECT_BLOCKS.formatted(where));
      }
      case "client" ->
          send(engine, data.resolve(b + ".traces"), Tables.insert("trace_index", "b" + b, ""));
      default -> {}
    }
  }

  private static void send(Engine engine, Path block, String insert) throws IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel file = FileChannel.open(block, StandardOpenOption.READ)) {
      MemorySegment bytes = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
      engine.insert(insert, bytes);
    }
  }

  private void sizes(Engine engine) {
    String parts = " FROM system.parts WHERE active AND table = 'spans'";
    figure("parts", number(engine, "count()" + parts));
    figure("bytesPerRow", number(engine, "sum(bytes_on_disk) / sum(rows)" + parts));
    if (yes("final")) {
      double before = cpu();
      engine.query("OPTIMIZE TABLE spans FINAL");
      figure("finalCpuPerM", (cpu() - before) / millions);
      figure("finalBytesPerRow", number(engine, "sum(bytes_on_disk) / sum(rows)" + parts));
    }
    if (!p.get("dependents").equals("no")) {
      String index = " FROM system.parts WHERE active AND table = 'trace_index'";
      figure("traceIndexRows", number(engine, "sum(rows)" + index));
      figure("traceIndexBytesPerRow", number(engine, "sum(bytes_on_disk) / sum(rows)" + index));
    }
    if (yes("columns")) {
      String columns =
          "SELECT column, round(sum(column_data_compressed_bytes) / sum(rows), 3) AS b, any(type)"
              + " FROM system.parts_columns WHERE active AND table = 'spans'"
              + " GROUP BY column ORDER BY b DESC";
      line.append('\n').append(engine.query(columns));
    }
  }

  private static double number(Engine engine, String expression) {
    return Double.parseDouble(engine.query("SELECT " + expression));
  }

  private void figure(String name, double value) {
    line.append(" %s=%.3f".formatted(name, value));
  }

  /// Waits until no merge has run and no part has changed for two seconds.
  private static void awaitQuiet(Engine engine) throws InterruptedException {
    int calm = 0;
    String last = "";
    while (calm < 6) {
      Thread.sleep(300);
      String now =
          engine.query(
              "SELECT (SELECT count() FROM system.merges),"
                  + " (SELECT count() FROM system.parts WHERE active)");
      calm = now.startsWith("0\t") && now.equals(last) ? calm + 1 : 0;
      last = now;
    }
  }
}
