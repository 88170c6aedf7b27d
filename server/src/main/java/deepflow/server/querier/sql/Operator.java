package deepflow.server.querier.sql;

/// How a tag is compared with a value.
enum Operator {
  EQUAL("="),
  NOT_EQUAL("!="),
  LESS("<"),
  LESS_OR_EQUAL("<="),
  GREATER(">"),
  GREATER_OR_EQUAL(">="),
  LIKE("LIKE"),
  NOT_LIKE("NOT LIKE"),
  REGEXP("REGEXP"),
  NOT_REGEXP("NOT REGEXP");

  private final String sign;

  Operator(String sign) {
    this.sign = sign;
  }

  String sign() {
    return sign;
  }

  /// Whether it holds for rows that lack the tag: DeepFlow negates the positive test.
  boolean isNegative() {
    return this == NOT_EQUAL || this == NOT_LIKE || this == NOT_REGEXP;
  }

  /// The test that a negative operator negates.
  Operator positive() {
    return switch (this) {
      case NOT_EQUAL -> EQUAL;
      case NOT_LIKE -> LIKE;
      case NOT_REGEXP -> REGEXP;
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, LIKE, REGEXP -> this;
    };
  }

  boolean isPattern() {
    return positive() == LIKE || positive() == REGEXP;
  }

  boolean isOrder() {
    return this == LESS || this == LESS_OR_EQUAL || this == GREATER || this == GREATER_OR_EQUAL;
  }
}
