package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.util.List;

/// Turns a SHOW into ClickHouse's SQL.
final class ShowTranslator {

  private final Tables tables;
  private final Language language;
  private final Bindings bindings = new Bindings();

  private ShowTranslator(Tables tables, Language language) {
    this.tables = tables;
    this.language = language;
  }

  /// Translates one statement.
  ///
  /// @throws SqlException when a name or a condition doesn't fit
  static Translation translate(Statement.Show show, Tables tables, Language language)
      throws SqlException {
    ShowTranslator translator = new ShowTranslator(tables, language);
    return translator.list(show).translate(show.filter(), translator.bindings, language);
  }

  private Listing list(Statement.Show show) throws SqlException {
    return switch (show) {
      case Statement.ShowDatabases _ -> databases();
      case Statement.ShowTables(Expression.Name database, Statement.Filter _) -> tables(database);
      case Statement.ShowTags(Expression.Name table, Statement.Filter _) ->
          TagListing.of(tables.of(table), language);
      case Statement.ShowMetrics(Expression.Name table, Statement.Filter _) ->
          MetricListing.of(tables.of(table), language);
      case Statement.ShowFunctions _ -> MetricListing.functions();
      case Statement.ShowTagValues values -> values(values);
      case Statement.ShowLanguage _ -> language();
    };
  }

  private Listing databases() {
    Listing listing = new Listing().text("name");
    tables.databases().forEach(name -> listing.add(List.of(Literal.of(name))));
    return listing;
  }

  /// `datasources` are the precisions of a table of figures; a log has none.
  private Listing tables(Expression.Name database) throws SqlException {
    Listing listing = new Listing().text("name").texts("datasources");
    for (Catalogue table : tables.in(database)) {
      List<String> precisions =
          tables.precisionsOf(table).stream().filter(precision -> !precision.isEmpty()).toList();
      listing.add(List.of(Literal.of(table.name()), Literal.of(precisions)));
    }
    return listing;
  }

  private Listing values(Statement.ShowTagValues show) throws SqlException {
    List<Catalogue> candidates = tables.of(show.table());
    Catalogue table = candidates.getFirst();
    for (Catalogue candidate : candidates.reversed()) {
      table = candidate.tag(show.tag().name(), new Bindings()) == null ? table : candidate;
    }
    return new TagValues(table, bindings, language).of(show.tag());
  }

  private Listing language() {
    Listing listing = new Listing().text("language");
    listing.add(
        List.of(
            switch (language) {
              case ENGLISH -> "'en'";
              case CHINESE -> "'ch'";
            }));
    return listing;
  }
}
