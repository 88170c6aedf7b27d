package deepflow.clickhouse;

import deepflow.clickhouse.block.Block;

/// A ClickHouse for a test to change one thing of: all else is the answer of the one behind it,
/// which stays open when this is closed.
public abstract class ForwardingClickHouse implements ClickHouse {
  private final ClickHouse behind;

  /// @param behind answers
  protected ForwardingClickHouse(ClickHouse behind) {
    this.behind = behind;
  }

  @Override
  public void execute(Query statement) throws ClickHouseException {
    behind.execute(statement);
  }

  @Override
  public void insert(String sql, Block block) throws ClickHouseException {
    behind.insert(sql, block);
  }

  @Override
  public Rows query(Query query) throws ClickHouseException {
    return behind.query(query);
  }

  @Override
  public String version() {
    return behind.version();
  }

  @Override
  public void close() {}
}
