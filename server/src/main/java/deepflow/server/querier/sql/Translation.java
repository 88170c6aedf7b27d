package deepflow.server.querier.sql;

import java.util.List;
import java.util.Map;

/// A statement in ClickHouse's SQL. The text is made of the catalogue's expressions only:
/// everything that a user wrote is a parameter.
///
/// @param parameters text by parameter name
/// @param columns what the answer says of its columns, in order
/// @param sample whether the answer is made of the newest rows only: what was found counts when
///   rows or time are used up
record Translation(
    String sql, Map<String, String> parameters, List<Column> columns, boolean sample) {

  Translation ofSample() {
    return new Translation(sql, parameters, columns, true);
  }

  /// One column of the answer.
  ///
  /// @param unit such as `us`; empty when it has none
  /// @param metric whether it is a number to look at, else a tag
  /// @param preAs the expression's own text when it has an alias, else empty
  /// @param rendering how its values become JSON
  record Column(String name, String unit, boolean metric, String preAs, Rendering rendering) {}

  /// How a value becomes JSON.
  enum Rendering {
    /// By its ClickHouse type.
    PLAIN,
    /// A span's serialized events, as a text of JSON.
    EVENTS,
    /// One of a sender's attributes.
    ATTRIBUTE,
    /// All of a sender's attributes, as a text of JSON.
    ATTRIBUTES
  }
}
