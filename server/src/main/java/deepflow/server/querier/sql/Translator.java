package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// Turns a SELECT of DeepFlow's SQL into ClickHouse's.
final class Translator {

  static final long ROWS_DEFAULT = 10_000;
  static final long ROWS_MAX = 1_000_000;

  private final Statement.Select select;
  private final Catalogue catalogue;
  private final Bindings bindings;
  private final Values values;
  private final Conditions conditions;

  private Translator(
      Statement.Select select, Catalogue catalogue, Bindings bindings, Language language)
      throws SqlException {
    this.select = select;
    this.catalogue = catalogue;
    this.bindings = bindings;
    Map<String, Expression> aliases = new HashMap<>();
    for (Statement.Item item : select.items()) {
      aliases.putIfAbsent(item.name(), item.expression());
    }
    Aggregates aggregates =
        new Aggregates(catalogue, bindings, TimeRange.of(select.where()), bucket(aliases));
    this.values = new Values(catalogue, bindings, language, aliases, aggregates);
    this.conditions = new Conditions(catalogue, bindings, aliases, values);
  }

  /// The interval that the statement groups by, if it does.
  private @Nullable Bucket bucket(Map<String, Expression> aliases) throws SqlException {
    for (Expression group : select.groupBy()) {
      Expression item = numbered(group);
      Expression meant =
          item == null && group instanceof Expression.Name name
              ? aliases.getOrDefault(name.name(), group)
              : Objects.requireNonNullElse(item, group);
      if (meant instanceof Expression.Call call && call.function().equalsIgnoreCase("time")) {
        return Bucket.of(call, catalogue);
      }
    }
    return null;
  }

  /// Translates one statement.
  ///
  /// @throws SqlException when a name, a value or a combination doesn't fit the table
  static Translation translate(Statement.Select select, Catalogue catalogue, Language language)
      throws SqlException {
    return translate(select, catalogue, new Bindings(), language);
  }

  /// The same of a table whose expressions have bound values already.
  static Translation translate(
      Statement.Select select, Catalogue catalogue, Bindings bindings, Language language)
      throws SqlException {
    return new Translator(select, catalogue, bindings, language).translation();
  }

  private Translation translation() throws SqlException {
    List<Values.Value> items = items();
    List<Values.Value> groups = groups();
    Grouping grouping = Grouping.of(groups, items);
    for (int i = 0; i < items.size(); i++) {
      grouping.check(items.get(i), select.items().get(i).expression(), "SELECT");
    }
    StringBuilder body = new StringBuilder();
    Expression where = select.where();
    if (where != null) {
      body.append("\nWHERE ").append(new Connectives(conditions).of(where));
    }
    if (!groups.isEmpty()) {
      body.append("\nGROUP BY ").append(list(groups));
    }
    Expression having = select.having();
    if (having != null) {
      Having conditions = new Having(values, bindings, grouping);
      body.append("\nHAVING ").append(new Connectives(conditions).of(having));
    }
    orderBy(body, grouping);
    body.append("\nLIMIT ").append(limit());
    if (select.offset() > 0) {
      body.append(" OFFSET ").append(select.offset());
    }
    String list = selectList(items);
    String from = catalogue.from((list + body).contains(Catalogue.RESOURCE_ATTRIBUTES));
    return new Translation(
        "SELECT" + list + "\nFROM " + from + body, bindings.values(), columns(items), false);
  }

  private List<Values.Value> items() throws SqlException {
    List<Values.Value> items = new ArrayList<>();
    for (Statement.Item item : select.items()) {
      items.add(values.of(item.expression()));
    }
    return items;
  }

  private List<Values.Value> groups() throws SqlException {
    List<Values.Value> groups = new ArrayList<>();
    for (Expression expression : select.groupBy()) {
      Values.Value group = ofNumbered(expression);
      if (group.aggregate()) {
        throw new SqlException("GROUP BY takes no aggregate", expression.position());
      }
      if (group.isConstant()) {
        throw new SqlException(
            "%s groups nothing: GROUP BY takes a tag, a metric or the number of a column, 1 to %s"
                .formatted(expression.text(), select.items().size()),
            expression.position());
      }
      groups.add(group);
    }
    return groups;
  }

  private static String selectList(List<Values.Value> items) {
    StringJoiner list = new StringJoiner(",\n  ", items.size() > 1 ? "\n  " : " ", "");
    for (int i = 0; i < items.size(); i++) {
      list.add(items.get(i).sql() + " AS c" + i);
    }
    return list.toString();
  }

  private static String list(List<Values.Value> values) {
    StringJoiner list = new StringJoiner(", ");
    values.forEach(value -> list.add(value.sql()));
    return list.toString();
  }

  private void orderBy(StringBuilder body, Grouping grouping) throws SqlException {
    StringJoiner list = new StringJoiner(", ", "\nORDER BY ", "").setEmptyValue("");
    for (Statement.Order order : select.orderBy()) {
      Values.Value value = ordered(order.expression());
      grouping.check(value, order.expression(), "ORDER BY");
      list.add(value.sql() + (order.descending() ? " DESC" : " ASC"));
    }
    body.append(list);
  }

  private Values.Value ordered(Expression expression) throws SqlException {
    Values.Value value = ofNumbered(expression);
    if (value.isConstant()) {
      throw new SqlException(
          "%s sorts nothing: ORDER BY takes a tag, a metric, an aggregate or the number of a column, 1 to %s"
              .formatted(expression.text(), select.items().size()),
          expression.position());
    }
    return value;
  }

  /// What GROUP BY and ORDER BY take.
  private Values.Value ofNumbered(Expression expression) throws SqlException {
    Expression item = numbered(expression);
    return item == null ? values.ofAliased(expression) : values.of(item);
  }

  /// The item of SELECT that a whole number means in GROUP BY and ORDER BY, or null.
  private @Nullable Expression numbered(Expression expression) throws SqlException {
    if (expression instanceof Expression.Numeral numeral) {
      BigDecimal number = Numbers.of(Constant.of(numeral));
      for (int i = 0; i < select.items().size(); i++) {
        if (number.compareTo(BigDecimal.valueOf(i + 1)) == 0) {
          return select.items().get(i).expression();
        }
      }
    }
    return null;
  }

  private long limit() throws SqlException {
    Long limit = select.limit();
    if (limit == null) {
      return ROWS_DEFAULT;
    }
    if (limit > ROWS_MAX) {
      throw new SqlException("LIMIT is at most %s".formatted(ROWS_MAX), select.table().position());
    }
    return limit;
  }

  private List<Translation.Column> columns(List<Values.Value> items) {
    List<Translation.Column> columns = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Statement.Item item = select.items().get(i);
      Values.Value value = items.get(i);
      String preAs = item.alias() == null ? "" : item.expression().text();
      columns.add(
          new Translation.Column(
              item.name(), value.unit(), value.metric(), preAs, value.rendering()));
    }
    return columns;
  }
}
