package deepflow.clickhouse;

import deepflow.clickhouse.block.Block;
import org.jspecify.annotations.Nullable;

/// A ClickHouse whose inserts fail as a test wants.
public final class FaultyClickHouse extends ForwardingClickHouse {
  /// What happens to one insert.
  public enum Fault {
    NONE,
    /// Nothing is written, and the engine says that it is busy.
    BUSY_BEFORE,
    /// All is written, and yet the engine says that it is busy.
    BUSY_AFTER,
    /// Nothing is written, and the engine is broken.
    BROKEN
  }

  /// Decides what happens to an insert.
  @FunctionalInterface
  public interface Faults {
    /// What happens to this statement.
    Fault of(String sql);
  }

  private volatile Faults faults = _ -> Fault.NONE;

  public FaultyClickHouse(ClickHouse engine) {
    super(engine);
  }

  /// Inserts fail so from now on.
  public void setFaults(Faults newFaults) {
    faults = newFaults;
  }

  @Override
  public void insert(String sql, Block block) throws ClickHouseException {
    Fault fault = faults.of(sql);
    if (fault == Fault.NONE || fault == Fault.BUSY_AFTER) {
      super.insert(sql, block);
    }
    @Nullable ClickHouseException failure =
        switch (fault) {
          case NONE -> null;
          case BUSY_BEFORE, BUSY_AFTER -> exception(ClickHouseException.Kind.BUSY);
          case BROKEN -> exception(ClickHouseException.Kind.BUG);
        };
    if (failure != null) {
      throw failure;
    }
  }

  private static ClickHouseException exception(ClickHouseException.Kind kind) {
    return new ClickHouseException(kind, ClickHouseException.NO_CODE, "a test wants it so");
  }
}
