package deepflow.server.querier.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The tables that answer questions. A table of sums is there in several precisions.
final class Tables {

  /// Tables by what they are called now, and what DeepFlow called them before.
  private static final Map<String, String> OLD_NAMES =
      Map.of("application", "vtap_app_port", "application_map", "vtap_app_edge_port");

  /// In each precision; the first of a name is the one that is meant when none is said.
  private final List<Catalogue> all = new ArrayList<>();

  Tables() {
    Catalogue log = Catalogue.l7FlowLog();
    all.add(log);
    all.addAll(Catalogue.flowMetrics(log));
  }

  /// A table, by its name, with its database before it (`flow_log.l7_flow_log`) or not, with a
  /// precision behind it (`application.1s`) or not; or by its old name (`vtap_app_port`).
  ///
  /// @throws SqlException when there is none
  Catalogue named(Expression.Name name) throws SqlException {
    return named(name, "");
  }

  /// The same, where a name without a precision means that one. A log has none, and is the same in
  /// each.
  Catalogue named(Expression.Name name, String precision) throws SqlException {
    List<Catalogue> found = all.stream().filter(table -> isNamed(name, "", table)).toList();
    for (Catalogue table : found) {
      if (!table.hasSums() || precision.isEmpty() || table.precision().equals(precision)) {
        return table;
      }
    }
    for (Catalogue table : all) {
      if (isNamed(name, "." + table.precision(), table)) {
        return table;
      }
    }
    throw found.isEmpty() ? unknown(name) : noPrecision(found, precision, name);
  }

  private static boolean isNamed(Expression.Name name, String suffix, Catalogue table) {
    return Stream.of(table.name(), OLD_NAMES.getOrDefault(table.name(), table.name()))
        .map(called -> called + suffix)
        .flatMap(alone -> Stream.of(alone, table.database() + "." + alone))
        .anyMatch(name.name()::equals);
  }

  private SqlException unknown(Expression.Name name) {
    return new SqlException(
        "no table is called '%s'; there is %s"
            .formatted(
                name.name(),
                all.stream().map(Catalogue::name).distinct().collect(Collectors.joining(", "))),
        name.position());
  }

  private static SqlException noPrecision(
      List<Catalogue> found, String precision, Expression.Name name) {
    return new SqlException(
        "data_precision '%s' is not there: of %s it is %s"
            .formatted(
                precision,
                name.name(),
                found.stream().map(Catalogue::precision).collect(Collectors.joining(" or "))),
        name.position());
  }

  /// That table, or all when none is named: each once.
  List<Catalogue> of(Expression.@Nullable Name name) throws SqlException {
    return name == null ? once() : List.of(named(name));
  }

  private List<Catalogue> once() {
    return all.stream()
        .filter(table -> precisionsOf(table).getFirst().equals(table.precision()))
        .toList();
  }

  /// The precisions in which a table is there; of a log an empty one.
  List<String> precisionsOf(Catalogue table) {
    return all.stream()
        .filter(other -> other.name().equals(table.name()))
        .map(Catalogue::precision)
        .toList();
  }

  /// The tables of a database, or of all when none is named.
  List<Catalogue> in(Expression.@Nullable Name database) throws SqlException {
    if (database == null) {
      return once();
    }
    if (!databases().contains(database.name())) {
      throw new SqlException(
          "no database is called '%s'; there is %s"
              .formatted(database.name(), String.join(", ", databases())),
          database.position());
    }
    return once().stream().filter(table -> table.database().equals(database.name())).toList();
  }

  List<String> databases() {
    return all.stream().map(Catalogue::database).distinct().toList();
  }
}
