package deepflow.clickhouse;

import static deepflow.clickhouse.NativeHandles.Kind.CONNECTION;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One connection to the engine. It belongs to one thread and runs one statement at a time.
final class NativeConnection implements AutoCloseable {
  private static final int ANALYSIS_BYTES = 4 * Integer.BYTES;
  private static final String NO_ROWS_FORMAT = "Null";

  final Chdb chdb;
  final MemorySegment handle;
  private final MemorySegment outer;
  private final boolean untrusted;

  private NativeConnection(Chdb chdb, MemorySegment outer, boolean untrusted) {
    this.chdb = chdb;
    this.outer = outer.reinterpret(ADDRESS.byteSize());
    this.handle = this.outer.get(ADDRESS, 0);
    this.untrusted = untrusted;
    NativeHandles.opened(CONNECTION);
  }

  /// Connects; the first connection of a process starts the engine.
  ///
  /// @param arguments without the program's name
  /// @param untrusted whether users' statements run here
  static NativeConnection open(Chdb chdb, List<String> arguments, boolean untrusted)
      throws ClickHouseException {
    try (Scratch scratch = new Scratch()) {
      List<String> all = new ArrayList<>(arguments);
      all.addFirst("clickhouse");
      MemorySegment outer = chdb.connect(all.size(), scratch.strings(all));
      if (outer.address() == 0) {
        throw EngineError.bug("the engine refused a connection with " + arguments);
      }
      return new NativeConnection(chdb, outer, untrusted);
    }
  }

  /// Runs a statement to its end and drops its rows.
  void run(String sql, Map<String, String> parameters) throws ClickHouseException {
    try (Scratch scratch = new Scratch()) {
      var statement = NativeStatement.of(scratch, sql, NO_ROWS_FORMAT, parameters);
      try (var result = new NativeResult(chdb, chdb.query(handle, statement))) {
        check(result);
      }
    }
  }

  /// Inserts a block's bytes through `buffer`.
  void insert(String sql, NativeData data, MemorySegment buffer) throws ClickHouseException {
    try (Scratch scratch = new Scratch();
        var insert = new NativeInsert(this, scratch.text(sql), scratch.text("Native"), buffer)) {
      data.writeTo(insert);
      insert.finish();
    }
  }

  /// Runs a query that gives one text.
  String text(Query query) throws ClickHouseException {
    try (NativeAnswer answer =
        NativeAnswer.begin(this, query.sql(), "RawBLOB", query.parameters())) {
      var text = new ByteArrayOutputStream();
      for (int length = answer.fetch(); length > 0; length = answer.fetch()) {
        text.write(answer.bytes(), 0, length);
      }
      return text.toString(UTF_8);
    }
  }

  /// Asks the parser, which runs nothing.
  void requireOneReading(String sql) throws ClickHouseException {
    Analysis analysis = classify(sql);
    if (analysis.statements() != 1) {
      throw EngineError.refused("one statement, please; here are " + analysis.statements());
    }
    if (!analysis.readOnly()) {
      throw EngineError.refused("only statements that read are allowed here");
    }
  }

  private Analysis classify(String sql) {
    try (Scratch scratch = new Scratch()) {
      MemorySegment analysis = scratch.bytes(ANALYSIS_BYTES);
      analysis.setAtIndex(JAVA_INT, 0, ANALYSIS_BYTES);
      if (!chdb.classify(handle, scratch.text(sql), analysis)) {
        throw new IllegalStateException("the engine does not classify statements");
      }
      return new Analysis(
          analysis.getAtIndex(JAVA_INT, 1),
          analysis.getAtIndex(JAVA_INT, 3) == Analysis.READ_ONLY_CLASS);
    }
  }

  void check(NativeResult result) throws ClickHouseException {
    check(result.error());
  }

  void check(@Nullable String error) throws ClickHouseException {
    if (error != null && !error.isEmpty()) {
      throw EngineError.of(error, untrusted);
    }
  }

  @Override
  public void close() {
    chdb.closeConn(outer);
    NativeHandles.closed(CONNECTION);
  }

  /// The parser's judgement.
  ///
  /// @param statements how many the text holds; 0 when it does not parse
  /// @param readOnly whether it leaves no trace
  private record Analysis(int statements, boolean readOnly) {
    private static final int READ_ONLY_CLASS = 0;
  }
}
