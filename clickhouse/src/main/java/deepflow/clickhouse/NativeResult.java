package deepflow.clickhouse;

import static deepflow.clickhouse.NativeHandles.Kind.RESULT;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// An answer in native memory.
final class NativeResult implements AutoCloseable {
  final MemorySegment handle;
  private final Chdb chdb;

  NativeResult(Chdb chdb, MemorySegment handle) {
    this.chdb = chdb;
    this.handle = handle;
    if (handle.address() == 0) {
      throw new IllegalStateException("the engine gave no result");
    }
    NativeHandles.opened(RESULT);
  }

  @Nullable String error() {
    return chdb.resultError(handle);
  }

  /// Valid until this is closed.
  MemorySegment bytes() {
    return chdb.resultBytes(handle);
  }

  @Override
  public void close() {
    chdb.destroyResult(handle);
    NativeHandles.closed(RESULT);
  }
}
