package deepflow.server.querier.sql;

import java.util.Collection;
import java.util.stream.Collectors;

/// Constants in ClickHouse's SQL. For the catalogue's own texts only: what users write is bound.
final class Literal {

  private Literal() {}

  static String of(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  static String of(Collection<String> texts) {
    return texts.stream().map(Literal::of).collect(Collectors.joining(", ", "[", "]"));
  }
}
