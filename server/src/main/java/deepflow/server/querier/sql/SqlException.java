package deepflow.server.querier.sql;

/// A statement that can't be answered, by its sender's fault: bad syntax, an unknown name, a value
/// of the wrong type.
public final class SqlException extends Exception {

  private final int position;

  SqlException(String reason, int position) {
    super("%s at character %s".formatted(reason, position));
    this.position = position;
  }

  /// Where in the statement; the first character is 1.
  public int position() {
    return position;
  }
}
