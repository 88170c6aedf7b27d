package deepflow.server.querier;

import deepflow.clickhouse.ClickHouseException;
import java.util.Set;

/// What the engine takes as one statement at most, whoever wrote it.
public final class EngineLimits {

  /// Too deep or of too many parts.
  private static final Set<Integer> TOO_LARGE = Set.of(167, 168);

  /// What the engine says of one that is too long; its code (62) is that of any bad syntax.
  private static final String TOO_LONG = "Max query size exceeded";

  /// Whether a statement failed because there is too much of it.
  public static boolean areExceeded(ClickHouseException e) {
    return TOO_LARGE.contains(e.code()) || String.valueOf(e.getMessage()).contains(TOO_LONG);
  }

  private EngineLimits() {}
}
