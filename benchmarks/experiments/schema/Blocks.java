import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Native blocks on disk, written once for each layout, so that making them costs the measured runs nothing.
final class Blocks {
  private static final int BATCH_ROWS = 1000;
  private final Map<String, String> p;
  private final Path folder;
  private final int blockRows;

  Blocks(Map<String, String> parameters) {
    p = parameters;
    blockRows = Integer.parseInt(p.get("block"));
    String name = String.join("-", p.get("layout"), p.get("block"), p.get("sorted"));
    name = String.join("-", name, p.get("rows"), p.get("rate"), p.get("spread"));
    folder = Path.of(p.get("work"), "data", name);
  }

  /// The folder with N.native (spans), N.traces (their trace_index rows) and traces (ids that queries may ask for).
  Path folder() throws IOException {
    if (Files.notExists(folder.resolve("done"))) {
      Files.createDirectories(folder);
      write();
      Files.createFile(folder.resolve("done"));
    }
    return folder;
  }

  private void write() throws IOException {
    Spans spans =
        new Spans(42, Double.parseDouble(p.get("rate")), Double.parseDouble(p.get("spread")));
    Layout layout = Layout.of(p.get("layout"));
    Traces traces = new Traces();
    for (int b = 0; b < Integer.parseInt(p.get("rows")) / blockRows; b++) {
      List<Spans.Span> rows = new ArrayList<>(blockRows);
      for (int i = 0; i < blockRows; i++) {
        rows.add(spans.next());
      }
      write(b, rows, layout, traces);
    }
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < spans.traceIds.size(); i++) {
      ids.add(HexFormat.of().formatHex(spans.traceIds.get(i)) + " " + spans.traceStarts.get(i));
    }
    Files.write(folder.resolve("traces"), ids);
  }

  private void write(int b, List<Spans.Span> rows, Layout layout, Traces traces)
      throws IOException {
    long time = rows.getLast().arrival / 1_000_000_000;
    Map<Spans.Span, Long> batch = new IdentityHashMap<>();
    for (Spans.Span s : rows) {
      batch.put(s, ((long) b * blockRows + batch.size()) / BATCH_ROWS);
    }
    writeTraces(b, rows, traces, time);
    if (p.get("sorted").equals("yes")) {
      rows.sort(
          Comparator.comparingLong(Spans.Span::hour)
              .thenComparing(s -> s.traceId, Arrays::compareUnsigned)
              .thenComparingLong(s -> s.start));
    }
    for (Spans.Span s : rows) {
      layout.add(s, b + 1, batch.get(s), time);
    }
    try (OutputStream out = open(b + ".native")) {
      layout.block().write(rows.size(), out);
    }
  }

  private void writeTraces(int b, List<Spans.Span> rows, Traces traces, long time)
      throws IOException {
    long cpu = threadCpu();
    try (OutputStream out = open(b + ".traces")) {
      traces.write(rows, b + 1, time, out);
    }
    System.err.printf(
        "trace_index rows built by the client: %.3f CPU s per million spans; raw span %d B%n",
        (threadCpu() - cpu) / 1e3 / blockRows, Spans.raw(rows.getFirst()).length);
  }

  private static long threadCpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private OutputStream open(String name) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(folder.resolve(name)));
  }
}
