package deepflow.server.querier.sql;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The tables that answer questions.
final class Tables {

  private final List<Catalogue> all = List.of(Catalogue.l7FlowLog());

  /// A table, by its name or with its database before it (`flow_log.l7_flow_log`).
  ///
  /// @throws SqlException when there is none
  Catalogue named(Expression.Name name) throws SqlException {
    for (Catalogue table : all) {
      String full = table.database() + "." + table.name();
      if (name.name().equals(table.name()) || name.name().equals(full)) {
        return table;
      }
    }
    throw new SqlException(
        "no table is called '%s'; there is %s"
            .formatted(
                name.name(), all.stream().map(Catalogue::name).collect(Collectors.joining(", "))),
        name.position());
  }

  /// That table, or all when none is named.
  List<Catalogue> of(Expression.@Nullable Name name) throws SqlException {
    return name == null ? all : List.of(named(name));
  }

  /// The tables of a database, or of all when none is named.
  List<Catalogue> in(Expression.@Nullable Name database) throws SqlException {
    if (database == null) {
      return all;
    }
    if (!databases().contains(database.name())) {
      throw new SqlException(
          "no database is called '%s'; there is %s"
              .formatted(database.name(), String.join(", ", databases())),
          database.position());
    }
    return all.stream().filter(table -> table.database().equals(database.name())).toList();
  }

  List<String> databases() {
    return all.stream().map(Catalogue::database).distinct().toList();
  }
}
