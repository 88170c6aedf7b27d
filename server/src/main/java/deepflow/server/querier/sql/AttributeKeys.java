package deepflow.server.querier.sql;

import java.util.List;

/// The keys that can stand in names such as `attribute.…`: those that the newest rows have, the
/// most frequent ones first when they are too many. Each is a table with a column `key`.
final class AttributeKeys {

  private static final int KEYS_MAX = 1_000;

  private AttributeKeys() {}

  /// Those that can stand in a tag's name.
  static String of(Tag tag, Catalogue catalogue) {
    for (String kind : List.of("label", "annotation", "env")) {
      if (tag.name().startsWith("k8s.%s.".formatted(kind))) {
        String column = kind.equals("env") ? "k8s_env" : "k8s_%ss".formatted(kind);
        return "(%s)".formatted(frequent("mapKeys(%s)".formatted(column), "deepflow.labels"));
      }
    }
    return all(catalogue);
  }

  /// Of spans and resources.
  private static String all(Catalogue catalogue) {
    return "(SELECT DISTINCT key FROM (%s UNION ALL %s))"
        .formatted(
            frequent("mapKeys(attributes)", catalogue.newest(Listing.ROWS_READ, false)),
            frequent("mapKeys(attributes)", "deepflow.resources"));
  }

  /// Of spans, those whose values are numbers.
  static String numeric(Catalogue catalogue) {
    return "(%s)"
        .formatted(
            frequent(
                "arrayFilter((key, i) -> substring(attribute_types, i, 1) IN ('i', 'd'),"
                    + " mapKeys(attributes), arrayEnumerate(mapKeys(attributes)))",
                catalogue.newest(Listing.ROWS_READ, false) + " WHERE attribute_types != ''"));
  }

  private static String frequent(String keys, String from) {
    return ("SELECT key FROM (SELECT toString(arrayJoin(%s)) AS key FROM %s)"
            + " GROUP BY key ORDER BY count() DESC, key LIMIT %s")
        .formatted(keys, from, KEYS_MAX);
  }
}
