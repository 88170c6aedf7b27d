package deepflow.clickhouse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/// A query's answer, in chunks of whole rows. For the connection's thread, but for [#chunk].
sealed interface NativeAnswer extends AutoCloseable {

  /// Fetches the next chunk into [#chunk].
  ///
  /// @return its length; 0 at the end
  int fetch() throws ClickHouseException;

  /// The bytes of the last fetch; overwritten by the next one.
  byte[] chunk();

  @Override
  void close();

  /// Begins a query. Only SELECT can be streamed; what SHOW, DESCRIBE and EXPLAIN say is small and
  /// comes at once.
  static NativeAnswer begin(
      NativeConnection connection, String sql, String format, Map<String, String> parameters)
      throws ClickHouseException {
    var chdb = connection.chdb;
    try (Scratch scratch = new Scratch()) {
      var statement = NativeStatement.of(scratch, sql, format, parameters);
      var started = new NativeResult(chdb, chdb.streamQuery(connection.handle, statement));
      var stream = new Stream(connection, started, new Chunk());
      try {
        connection.check(started);
        return stream;
      } catch (ClickHouseException e) {
        stream.close();
        if (!isNoStream(e)) {
          throw e;
        }
      }
      return new Whole(
          connection,
          new NativeResult(chdb, chdb.query(connection.handle, statement)),
          new Chunk());
    }
  }

  private static boolean isNoStream(ClickHouseException e) {
    return e.code() == EngineError.BAD_ARGUMENTS
        && String.valueOf(e.getMessage()).contains("Streaming query is not supported");
  }

  /// A copy of native bytes: it stays readable whatever becomes of the result.
  final class Chunk {
    private byte[] bytes = new byte[0];

    int copy(NativeResult result) {
      MemorySegment source = result.bytes();
      int length = Math.toIntExact(source.byteSize());
      if (bytes.length < length) {
        bytes = new byte[length];
      }
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
      return length;
    }
  }

  /// Runs while it is read.
  record Stream(NativeConnection connection, NativeResult stream, Chunk copy)
      implements NativeAnswer {

    @Override
    public int fetch() throws ClickHouseException {
      var chdb = connection.chdb;
      try (var result =
          new NativeResult(chdb, chdb.streamFetch(connection.handle, stream.handle))) {
        connection.check(result);
        return copy.copy(result);
      }
    }

    @Override
    public byte[] chunk() {
      return copy.bytes;
    }

    /// Cancels also at the natural end and after an error: else the query stays listed as running
    /// until the connection's next statement.
    @Override
    public void close() {
      connection.chdb.streamCancel(connection.handle, stream.handle);
      stream.close();
    }
  }

  /// Has run already.
  final class Whole implements NativeAnswer {
    private final NativeConnection connection;
    private final NativeResult result;
    private final Chunk copy;
    private boolean fetched;

    private Whole(NativeConnection connection, NativeResult result, Chunk copy) {
      this.connection = connection;
      this.result = result;
      this.copy = copy;
    }

    @Override
    public int fetch() throws ClickHouseException {
      connection.check(result);
      int length = fetched ? 0 : copy.copy(result);
      fetched = true;
      return length;
    }

    @Override
    public byte[] chunk() {
      return copy.bytes;
    }

    @Override
    public void close() {
      result.close();
    }
  }
}
