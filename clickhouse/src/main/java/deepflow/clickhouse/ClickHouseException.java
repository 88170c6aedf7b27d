package deepflow.clickhouse;

import org.jspecify.annotations.Nullable;

/// A statement that ClickHouse did not carry out.
public final class ClickHouseException extends Exception {
  private static final long serialVersionUID = 1L;

  /// The code of an error that does not come from ClickHouse's own list.
  public static final int NO_CODE = 0;

  /// Whose turn it is now.
  public enum Kind {
    /// The statement can never succeed: wrong SQL, an unknown name, something not allowed.
    REFUSED,
    /// Out of memory, time, disk or parts for now, or killed: keep the data and come back.
    BUSY,
    /// Neither; something is wrong with the engine, its files or our code.
    BUG
  }

  private static final int MEMORY_LIMIT_EXCEEDED = 241;

  private final int code;
  private final Kind kind;

  ClickHouseException(Kind kind, int code, String message) {
    this(kind, code, message, null);
  }

  ClickHouseException(Kind kind, int code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.code = code;
  }

  /// ClickHouse's error code, e.g. 241 for MEMORY_LIMIT_EXCEEDED, or [#NO_CODE].
  public int code() {
    return code;
  }

  /// Whether the statement needed more memory than it may have, or than there was.
  public boolean isOutOfMemory() {
    return code == MEMORY_LIMIT_EXCEEDED;
  }

  /// What to do about it.
  public Kind kind() {
    return kind;
  }
}
