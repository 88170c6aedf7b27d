package deepflow.clickhouse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A query's answer. The engine gives it in chunks, each a header and whole rows; one that was
/// sorted is a single one, so they come on in pieces. For the connection's thread, but for
/// [#bytes].
sealed interface NativeAnswer extends AutoCloseable {
  /// What a piece takes of the heap.
  int PIECE_BYTES_MAX = 1 << 20;

  /// Fetches the next piece into [#bytes].
  ///
  /// @return its length; 0 at the end
  int fetch() throws ClickHouseException;

  /// Whether the next piece is of the same chunk as the last one.
  boolean goesOn();

  /// The bytes of the last fetch. Overwritten by the next one, unless that one goes on.
  byte[] bytes();

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
      var stream = new Stream(connection, started, new Pieces());
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
          connection, new NativeResult(chdb, chdb.query(connection.handle, statement)));
    }
  }

  private static boolean isNoStream(ClickHouseException e) {
    return e.code() == EngineError.BAD_ARGUMENTS
        && String.valueOf(e.getMessage()).contains("Streaming query is not supported");
  }

  /// Copies of a chunk's native bytes: they stay readable whatever becomes of it.
  final class Pieces {
    private byte[] bytes = {};
    private @Nullable NativeResult chunk;
    private long copied;

    /// Begins with a chunk, which is closed when all of it was copied.
    void begin(NativeResult next) {
      chunk = next;
      copied = 0;
    }

    boolean goesOn() {
      return chunk != null;
    }

    /// Copies the next piece, if there is one.
    ///
    /// @return its length
    int next() {
      NativeResult open = chunk;
      if (open == null) {
        return 0;
      }
      MemorySegment source = open.bytes();
      int length = (int) Math.min(PIECE_BYTES_MAX, source.byteSize() - copied);
      // Who reads on keeps the piece before this one.
      if (copied > 0 || bytes.length < length) {
        bytes = new byte[length];
      }
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, copied, bytes, 0, length);
      copied += length;
      if (copied == source.byteSize()) {
        close();
      }
      return length;
    }

    void close() {
      NativeResult open = chunk;
      if (open != null) {
        chunk = null;
        open.close();
      }
    }
  }

  /// Runs while it is read.
  record Stream(NativeConnection connection, NativeResult stream, Pieces pieces)
      implements NativeAnswer {

    @Override
    public int fetch() throws ClickHouseException {
      if (!pieces.goesOn()) {
        var chdb = connection.chdb;
        var chunk = new NativeResult(chdb, chdb.streamFetch(connection.handle, stream.handle));
        pieces.begin(chunk);
        connection.check(chunk);
      }
      return pieces.next();
    }

    @Override
    public boolean goesOn() {
      return pieces.goesOn();
    }

    @Override
    public byte[] bytes() {
      return pieces.bytes;
    }

    /// Cancels also at the natural end and after an error: else the query stays listed as running
    /// until the connection's next statement.
    @Override
    public void close() {
      pieces.close();
      connection.chdb.streamCancel(connection.handle, stream.handle);
      stream.close();
    }
  }

  /// Has run already.
  final class Whole implements NativeAnswer {
    private final NativeConnection connection;
    private final NativeResult result;
    private final Pieces pieces = new Pieces();

    private Whole(NativeConnection connection, NativeResult result) {
      this.connection = connection;
      this.result = result;
      pieces.begin(result);
    }

    @Override
    public int fetch() throws ClickHouseException {
      if (pieces.goesOn()) {
        connection.check(result);
      }
      return pieces.next();
    }

    @Override
    public boolean goesOn() {
      return pieces.goesOn();
    }

    @Override
    public byte[] bytes() {
      return pieces.bytes;
    }

    @Override
    public void close() {
      pieces.close();
    }
  }
}
