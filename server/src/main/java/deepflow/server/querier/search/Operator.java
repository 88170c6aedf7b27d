package deepflow.server.querier.search;

/// How a field is compared.
public enum Operator {
  EQUAL("="),
  NOT_EQUAL("!="),
  GREATER(">"),
  GREATER_OR_EQUAL(">="),
  LESS("<"),
  LESS_OR_EQUAL("<="),
  /// By a regular expression of RE2 that fits the whole text.
  MATCH("=~"),
  NOT_MATCH("!~");

  private final String sign;

  Operator(String sign) {
    this.sign = sign;
  }

  /// As TraceQL writes it.
  public String sign() {
    return sign;
  }

  boolean isEquality() {
    return this == EQUAL || this == NOT_EQUAL;
  }

  boolean isPattern() {
    return this == MATCH || this == NOT_MATCH;
  }

  /// Whether it says that something is not so.
  boolean isNegative() {
    return this == NOT_EQUAL || this == NOT_MATCH;
  }

  /// What it says is not so; itself when it says that something is.
  Operator positive() {
    return switch (this) {
      case NOT_EQUAL -> EQUAL;
      case NOT_MATCH -> MATCH;
      case EQUAL, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL, MATCH -> this;
    };
  }
}
