package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.util.ArrayList;
import java.util.List;

/// The list that a SHOW gives, as a table of which its WHERE, LIMIT and OFFSET are asked: so they
/// mean what they mean in a SELECT.
final class Listing {

  /// So many of the newest rows are looked at.
  static final long ROWS_READ = 1_000_000;

  /// Nothing is restricted here.
  static final String PERMISSIONS = "[true, true, true]";

  /// How far down a row stands; not in the answer.
  private static final String PLACE = "place";

  private static final int PLACE_LAST = 1_000_000;

  private final List<Tag> columns = new ArrayList<>();
  private final List<String> rows = new ArrayList<>();
  private final List<String> sources = new ArrayList<>();

  /// A column of texts.
  Listing text(String... names) {
    for (String name : names) {
      typed(name, TagType.STRING);
    }
    return this;
  }

  /// A column of whole numbers.
  Listing number(String name) {
    return typed(name, TagType.INT);
  }

  /// A column of values as those of a tag.
  Listing typed(String name, TagType type) {
    return column(name, type, name, name);
  }

  /// A column of lists of texts, which keeps that type when all are empty.
  Listing texts(String name) {
    return other(name, "CAST(%s, 'Array(String)')".formatted(name));
  }

  /// A column of something else.
  Listing other(String name) {
    return other(name, name);
  }

  /// Conditions compare its text.
  private Listing other(String name, String shown) {
    return column(name, TagType.STRING, shown, "toString(%s)".formatted(name));
  }

  private Listing column(String name, TagType type, String shown, String compared) {
    columns.add(new Tag(name, type, false, null, shown, compared, List.of()));
    return this;
  }

  /// The constants of three columns: a text in the language asked for, in Chinese, in English.
  static List<String> values(Wording text, Language language) {
    return List.of(
        Literal.of(text.in(language)), Literal.of(text.chinese()), Literal.of(text.english()));
  }

  /// One row.
  ///
  /// @param values ClickHouse's constants, one a column
  void add(List<String> values) {
    rows.add("(%s, %s)".formatted(rows.size(), String.join(", ", values)));
  }

  /// One row for each of a table's rows, sorted by the first column.
  ///
  /// @param values ClickHouse's expressions over the table, one a column
  void addEach(List<String> values, String table) {
    StringBuilder sql = new StringBuilder("SELECT " + PLACE_LAST + " AS " + PLACE);
    for (int i = 0; i < values.size(); i++) {
      sql.append(", ").append(values.get(i)).append(" AS ").append(columns.get(i).name());
    }
    sources.add(sql + " FROM " + table);
  }

  /// What the statement asks of the list.
  Translation translate(Statement.Filter filter, Bindings bindings, Language language)
      throws SqlException {
    List<Statement.Item> items = new ArrayList<>();
    for (Tag column : columns) {
      items.add(new Statement.Item(new Expression.Name(column.name(), filter.position()), null));
    }
    Statement.Select select =
        new Statement.Select(
            items,
            new Expression.Name("", filter.position()),
            filter.where(),
            List.of(),
            null,
            List.of(by(PLACE, filter), by(columns.getFirst().name(), filter)),
            filter.limit(),
            filter.offset());
    List<Tag> known = new ArrayList<>(columns);
    known.add(new Tag(PLACE, TagType.INT, false, null, PLACE, PLACE, List.of()));
    Translation translation =
        Translator.translate(select, Catalogue.derived(from(), known), bindings, language);
    return sources.isEmpty() ? translation : translation.ofSample();
  }

  private static Statement.Order by(String name, Statement.Filter filter) {
    return new Statement.Order(new Expression.Name(name, filter.position()), false);
  }

  private String from() {
    List<String> parts = new ArrayList<>();
    if (!rows.isEmpty()) {
      StringBuilder sql = new StringBuilder("SELECT entry.1 AS " + PLACE);
      for (int i = 0; i < columns.size(); i++) {
        sql.append(", entry.%s AS %s".formatted(i + 2, columns.get(i).name()));
      }
      sql.append(" FROM (SELECT arrayJoin([").append(String.join(", ", rows));
      parts.add(sql.append("]) AS entry)").toString());
    }
    parts.addAll(sources);
    return "(" + String.join("\nUNION ALL ", parts) + ")";
  }
}
