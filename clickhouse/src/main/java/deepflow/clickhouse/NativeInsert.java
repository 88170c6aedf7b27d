package deepflow.clickhouse;

import static deepflow.clickhouse.NativeHandles.Kind.INSERT;

import deepflow.clickhouse.block.NativeSink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An insert under way: takes a block's bytes and gives them to the engine, a buffer at a time.
/// Closed without [#finish] nothing is written.
final class NativeInsert implements NativeSink<ClickHouseException>, AutoCloseable {
  private final NativeConnection connection;
  private final Chdb chdb;
  private final MemorySegment handle;
  private final MemorySegment buffer;
  private int filled;
  private boolean finished;

  /// Begins an insert; `buffer` is used until it is closed.
  NativeInsert(
      NativeConnection connection, Scratch.Text sql, Scratch.Text format, MemorySegment buffer)
      throws ClickHouseException {
    this.connection = connection;
    this.chdb = connection.chdb;
    this.handle = chdb.streamInsert(connection.handle, sql, format);
    this.buffer = buffer;
    if (handle.address() == 0) {
      throw new IllegalStateException("the engine gave no insert stream");
    }
    NativeHandles.opened(INSERT);
    try {
      connection.check(chdb.streamInsertError(handle));
    } catch (ClickHouseException e) {
      close();
      throw e;
    }
  }

  @Override
  public void write(byte[] source, int offset, int length) throws ClickHouseException {
    int taken = 0;
    while (taken < length) {
      int count = Math.min(length - taken, (int) buffer.byteSize() - filled);
      MemorySegment.copy(source, offset + taken, buffer, ValueLayout.JAVA_BYTE, filled, count);
      taken += count;
      filled += count;
      if (filled == buffer.byteSize()) {
        flush();
      }
    }
  }

  /// Returns when the block is in the table.
  void finish() throws ClickHouseException {
    flush();
    finished = true;
    try (var result = new NativeResult(chdb, chdb.streamDone(handle))) {
      connection.check(result);
    }
  }

  private void flush() throws ClickHouseException {
    if (filled > 0 && !chdb.streamAppend(handle, buffer, filled)) {
      connection.check(chdb.streamInsertError(handle));
      throw EngineError.bug("the engine took no more data and said no reason");
    }
    filled = 0;
  }

  @Override
  public void close() {
    if (!finished) {
      chdb.streamCancelInsert(handle);
    }
    chdb.destroyInsert(handle);
    NativeHandles.closed(INSERT);
  }
}
