package deepflow.server.querier.sql;

/// The keys that can follow `attribute.` and `metrics.`: those that the newest rows have, the most
/// frequent ones first when they are too many. Each is a table with a column `key`.
final class AttributeKeys {

  private static final int KEYS_MAX = 1_000;

  private AttributeKeys() {}

  /// Of spans and resources.
  static String all(Catalogue catalogue) {
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
