import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/// The process that is killed: it ingests whole batches of four agents for ever and says which batches it acknowledges. Two lanes work
/// side by side; each has two of the agents to itself and commits one block after the other.
///
/// `content`: no deduplication window anywhere; a table is asked whether it has a block before anything is repeated.
/// `token`: every table has a window, and what is repeated is repeated under the block's token for that table.
final class Store {
  static final int AGENTS = 4;
  private static final int LANES = 2;
  private static final String LAYOUT = "map-nested";
  private static final long SEED_STEP = 1_000_003;

  private final Engine engine;
  private final boolean tokens;

  /// Opens one connection; the engine itself is shared by all connections of the process.
  Store(String path, String variant) {
    tokens = variant.equals("token");
    List<String> settings =
        List.of(
            "--async_insert=0",
            "--max_threads=2",
            "--background_pool_size=2",
            "--max_server_memory_usage=1500000000");
    engine = new Engine(Path.of(path), settings);
  }

  /// `java Store LIBRARY PATH VARIANT SEED`.
  public static void main(String[] args) throws Exception {
    Engine.load(Path.of(args[0]));
    Store store = new Store(args[1], args[2]);
    store.create();
    store.recover();
    System.out.println("ready");
    long[] next = store.positions();
    AtomicLong block =
        new AtomicLong(Long.parseLong(store.engine.query("SELECT max(block_id) FROM spans")));
    for (int lane = 0; lane < LANES; lane++) {
      Store own = new Store(args[1], args[2]);
      Random random = new Random(Long.parseLong(args[3]) * LANES + lane);
      int first = lane;
      Thread.ofPlatform().start(() -> own.ingest(first, next.clone(), block, random));
    }
  }

  Engine engine() {
    return engine;
  }

  void create() {
    Map<String, String> p =
        Bench.parameters(
            "window=" + (tokens ? 10_000 : 0), "settings=old_parts_lifetime = 2", "codec=none");
    Tables tables = new Tables(p);
    engine.query(tables.spans(Layout.of(LAYOUT)));
    engine.query(tables.traceIndex());
    engine.query(tables.blocks());
  }

  /// Completes the blocks that the base table has and the table of blocks lacks.
  void recover() {
    String unfinished =
        engine.query(
            "SELECT DISTINCT block_id FROM spans"
                + " WHERE block_id NOT IN (SELECT block_id FROM blocks) ORDER BY block_id");
    for (String block : unfinished.lines().filter(line -> !line.isBlank()).toList()) {
      fill(Long.parseLong(block), true);
    }
  }

  private void ingest(int lane, long[] next, AtomicLong blocks, Random random) {
    Layout layout = Layout.of(LAYOUT);
    while (true) {
      long block = blocks.incrementAndGet();
      int rows = 0;
      for (int a = lane; a < AGENTS; a += LANES) {
        for (int batches = random.nextInt(24); batches > 0; batches--) {
          rows += add(layout, a, ++next[a], block);
        }
      }
      if (rows > 0) {
        commit(block, layout, rows);
        for (int a = lane; a < AGENTS; a += LANES) {
          System.out.println("ack " + a + " " + next[a]);
        }
      }
    }
  }

  private long[] positions() {
    long[] next = new long[AGENTS];
    String last = engine.query("SELECT max(last_batch) FROM blocks GROUP BY agent");
    for (String line : last.lines().filter(l -> !l.isBlank()).toList()) {
      long batch = Long.parseLong(line);
      next[agent(batch)] = sequence(batch);
    }
    return next;
  }

  private void commit(long block, Layout layout, int rows) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      layout.block().write(rows, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(out.size());
      MemorySegment.copy(out.toByteArray(), 0, bytes, ValueLayout.JAVA_BYTE, 0, out.size());
      boolean again = false;
      while (!commit(block, bytes, again)) {
        again = true;
      }
    }
  }

  /// @return whether the block is in every table
  private boolean commit(long block, MemorySegment bytes, boolean again) {
    try {
      if (!again || tokens || !has("spans", block)) {
        engine.insert(Tables.insert("spans", Long.toString(block), ""), bytes);
      }
      fill(block, again);
      return true;
    } catch (Engine.EngineException e) {
      System.out.println("error " + e.getMessage().replace('\n', ' '));
      return false;
    }
  }

  /// Fills the dependents from the base. The table of blocks comes last: it says that the block is whole.
  private void fill(long block, boolean again) {
    fill("trace_index", Tables.SELECT_TRACES, block, again);
    fill("blocks", Tables.SELECT_BLOCKS, block, again);
  }

  private void fill(String table, String select, long block, boolean again) {
    if (!again || tokens || !has(table, block)) {
      String insert = Tables.insert(table, Long.toString(block), "");
      engine.query(insert + select.formatted("WHERE block_id = " + block));
    }
  }

  private boolean has(String table, long block) {
    String count = engine.query("SELECT count() FROM " + table + " WHERE block_id = " + block);
    return !count.equals("0");
  }

  static int agent(long batch) {
    return (int) (batch & 3);
  }

  static long sequence(long batch) {
    return batch >> 2;
  }

  static int rows(int agent, long sequence) {
    return 20 + new SplittableRandom(agent * SEED_STEP + sequence).nextInt(120);
  }

  private static int add(Layout layout, int agent, long sequence, long block) {
    int rows = rows(agent, sequence);
    Spans spans = new Spans(agent * SEED_STEP + sequence, 300, 1);
    for (int i = 0; i < rows; i++) {
      long time = Spans.EPOCH / 1_000_000_000 + block;
      layout.add(spans.next(), block, sequence << 2 | agent, time);
    }
    return rows;
  }
}
