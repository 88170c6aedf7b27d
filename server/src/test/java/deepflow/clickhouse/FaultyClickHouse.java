package deepflow.clickhouse;

import deepflow.clickhouse.block.Block;
import org.jspecify.annotations.Nullable;

/// A ClickHouse whose inserts, and statements that give no rows, fail as a test wants.
public final class FaultyClickHouse extends ForwardingClickHouse {
  /// What happens to one of them.
  public enum Fault {
    NONE,
    /// Nothing is written, and the engine says that it is busy.
    BUSY_BEFORE,
    /// All is written, and yet the engine says that it is busy.
    BUSY_AFTER,
    /// Nothing is written, since there is no memory for it.
    OUT_OF_MEMORY,
    /// Nothing is written, and the engine is broken.
    BROKEN,
    /// All is written, and what stands between says that it is broken.
    BROKEN_BETWEEN
  }

  /// Decides what happens to each.
  @FunctionalInterface
  public interface Faults {
    /// What happens to this statement.
    Fault of(String sql);
  }

  /// Decides it by the rows as well.
  @FunctionalInterface
  public interface RowFaults {
    /// What happens to an insert of so many rows.
    Fault of(String sql, int rows);
  }

  private interface Work {
    void run() throws ClickHouseException;
  }

  private static final int LOGICAL_ERROR = 49;
  private static final int MEMORY_LIMIT_EXCEEDED = 241;

  private volatile RowFaults faults = (_, _) -> Fault.NONE;
  private volatile Faults statementFaults = _ -> Fault.NONE;

  public FaultyClickHouse(ClickHouse engine) {
    super(engine);
  }

  /// Inserts fail so from now on.
  public void setFaults(Faults newFaults) {
    faults = (sql, _) -> newFaults.of(sql);
  }

  /// The same, for tests that tell inserts apart by their size.
  public void setRowFaults(RowFaults newFaults) {
    faults = newFaults;
  }

  /// Statements that give no rows fail so from now on.
  public void setStatementFaults(Faults newFaults) {
    statementFaults = newFaults;
  }

  @Override
  public void insert(String sql, Block block) throws ClickHouseException {
    run(faults.of(sql, block.rows()), () -> super.insert(sql, block));
  }

  @Override
  public void execute(Query statement) throws ClickHouseException {
    run(statementFaults.of(statement.sql()), () -> super.execute(statement));
  }

  private static void run(Fault fault, Work work) throws ClickHouseException {
    if (fault == Fault.NONE || fault == Fault.BUSY_AFTER || fault == Fault.BROKEN_BETWEEN) {
      work.run();
    }
    @Nullable ClickHouseException failure =
        switch (fault) {
          case NONE -> null;
          case BUSY_BEFORE, BUSY_AFTER ->
              exception(ClickHouseException.Kind.BUSY, ClickHouseException.NO_CODE);
          case OUT_OF_MEMORY -> exception(ClickHouseException.Kind.BUSY, MEMORY_LIMIT_EXCEEDED);
          case BROKEN -> exception(ClickHouseException.Kind.BUG, LOGICAL_ERROR);
          case BROKEN_BETWEEN ->
              exception(ClickHouseException.Kind.BUG, ClickHouseException.NO_CODE);
        };
    if (failure != null) {
      throw failure;
    }
  }

  private static ClickHouseException exception(ClickHouseException.Kind kind, int code) {
    return new ClickHouseException(kind, code, "a test wants it so");
  }
}
