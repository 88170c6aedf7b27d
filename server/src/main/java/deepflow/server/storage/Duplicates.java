package deepflow.server.storage;

/// Which spans are one and the same, though they were sent by different ways.
public final class Duplicates {
  /// All of a span that comes from its sender, as columns of table `spans` beside
  /// [#SENDER_RESOURCES].
  public static final String SENDERS_WORDS =
      "span_id, parent_span_id, trace_state, flags, name, kind, start_time, duration, has_status,"
          + " status_code, status_message, attributes, attribute_types, dropped_attributes_count,"
          + " dropped_events_count, dropped_links_count, events, links, unknown_fields, scope_id,"
          + " sender_resource_id";

  /// Gives each row its resource without what the agent added, as `sender_resource_id`; stands
  /// behind a table in FROM.
  public static final String SENDER_RESOURCES =
      "ANY LEFT JOIN (SELECT resource_id, any(sender_resource_id) AS sender_resource_id"
          + " FROM deepflow.resources GROUP BY resource_id) AS r USING (resource_id)";

  /// The place of a row among those of one span, by their blocks: a number above 1 is a duplicate.
  static final String PLACE =
      "row_number() OVER (PARTITION BY trace_id, sipHash128(%s) ORDER BY block_id, agent, batch)"
          .formatted(SENDERS_WORDS);

  private Duplicates() {}
}
