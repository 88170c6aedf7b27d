import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The trace_index rows of a block, built by the client instead of by a query over the block.
final class Traces {
  private static final class Row {
    long start = Long.MAX_VALUE;
    long end = Long.MIN_VALUE;
    int spans;
    int errors;
    String rootService = "";
    String rootName = "";
    final Set<String> services = new LinkedHashSet<>();
  }

  private final Block block = new Block();
  private final Block.Fixed blockTime = block.add("block_time", new Block.Fixed("DateTime", 4));
  private final Block.Fixed blockId = block.add("block_id", new Block.Fixed("UInt64", 8));
  private final Block.Fixed traceId = block.add("trace_id", new Block.Fixed("FixedString(16)", 16));
  private final Block.Fixed start = block.add("start_time", new Block.Fixed("DateTime64(9)", 8));
  private final Block.Fixed end = block.add("end_time", new Block.Fixed("DateTime64(9)", 8));
  private final Block.Fixed spans = block.add("spans", new Block.Fixed("UInt32", 4));
  private final Block.Fixed errors = block.add("errors", new Block.Fixed("UInt32", 4));
  private final Block.Low rootService = block.add("root_service", new Block.Low());
  private final Block.Low rootName = block.add("root_name", new Block.Low());
  private final Block.Many services = block.add("services", new Block.Many(new Block.Low()));

  void write(List<Spans.Span> from, long id, long time, OutputStream out) throws IOException {
    Map<ByteBuffer, Row> rows = new HashMap<>();
    for (Spans.Span s : from) {
      Row row = rows.computeIfAbsent(ByteBuffer.wrap(s.traceId), key -> new Row());
      row.start = Math.min(row.start, s.start);
      row.end = Math.max(row.end, s.start + s.duration);
      row.spans++;
      row.errors += s.status == 2 ? 1 : 0;
      row.services.add(Spans.SERVICES[s.service]);
      if (ByteBuffer.wrap(s.parentId).getLong() == 0) {
        row.rootService = Spans.SERVICES[s.service];
        row.rootName = s.name;
      }
    }
    rows.forEach((trace, row) -> add(trace.array(), row, id, time));
    block.write(rows.size(), out);
  }

  private void add(byte[] trace, Row row, long id, long time) {
    blockTime.add(time);
    blockId.add(id);
    traceId.add(trace);
    start.add(row.start);
    end.add(row.end);
    spans.add(row.spans);
    errors.add(row.errors);
    rootService.add(row.rootService);
    rootName.add(row.rootName);
    for (String s : row.services) {
      ((Block.Low) services.inner[0]).add(s);
    }
    services.end(row.services.size());
  }
}
