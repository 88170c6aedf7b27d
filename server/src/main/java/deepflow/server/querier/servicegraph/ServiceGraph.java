package deepflow.server.querier.servicegraph;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.RedTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Finds who calls whom, by the minute, in the metrics: nothing of the spans is read.
///
/// | edge | what is counted |
/// |---|---|
/// | service to service | spans of kind SERVER or CONSUMER whose parent is of another service |
/// | service to service, kind `link` | links of spans to spans of another service: from that one |
/// | service to database | spans that name a database system |
/// | service to queue | spans that name a messaging system, but for those that take messages |
/// | queue to service | spans of kind CONSUMER, or that receive or process, that name a messaging system |
public final class ServiceGraph {

  static final int EDGES_MAX = 2_000;

  /// Room for both ends of each edge.
  static final int NODES_MAX = 2 * EDGES_MAX;

  private static final String FIGURES =
      "sum(request) AS calls, sum(failure) AS failures, %s AS p50, %s AS p95, %s AS p99"
          .formatted(RedTables.quantile(0.5), RedTables.quantile(0.95), RedTables.quantile(0.99));

  private static final String WITHIN =
      "time >= toDateTime({from:UInt32}, 'UTC') AND time <= toDateTime({to:UInt32}, 'UTC')";

  /// Whether a span takes from its peer. Rows of before had only the kind to say so.
  private static final String TAKES = "peer_type = 3 OR kind = 5";

  /// The two are one table in parentheses: behind a UNION, ORDER BY and LIMIT are of its last
  /// SELECT.
  static final String SQL =
      """
      SELECT * FROM (
        SELECT client, 'service' AS client_type, server, 'service' AS server_type, link, %1$s
        FROM %2$s WHERE %4$s GROUP BY client, server, link HAVING calls > 0
        UNION ALL
        SELECT if(%5$s AS takes, peer, service) AS client,
          multiIf(NOT takes, 'service', peer_type = 1, 'database', 'queue') AS client_type,
          if(takes, service, peer) AS server,
          multiIf(takes, 'service', peer_type = 1, 'database', 'queue') AS server_type,
          0 AS link, %1$s
        FROM %3$s WHERE %4$s AND peer_type != 0
        GROUP BY client, client_type, server, server_type HAVING calls > 0
      )
      ORDER BY calls DESC, client, client_type, server, server_type, link
      LIMIT {limit:UInt64}
      """
          .formatted(FIGURES, RedTables.CALLS, RedTables.MINUTES, WITHIN, TAKES);

  /// Requests of each service, for what is not told by edges: those of who nobody calls. The ends
  /// of edges come first, so that none of them is left out.
  static final String NODES_SQL =
      """
      SELECT service, %s FROM %s WHERE %s AND kind IN (2, 5)
      GROUP BY service HAVING calls > 0
      ORDER BY service IN (SELECT arrayJoin({ends:Array(String)})) DESC, calls DESC, service
      LIMIT {limit:UInt64}
      """
          .formatted(FIGURES, RedTables.MINUTES, WITHIN);

  /// What was found.
  ///
  /// @param nodes by type and name
  /// @param edges the busiest first
  /// @param truncated whether there are more
  record Found(List<GraphNode> nodes, List<GraphEdge> edges, boolean truncated) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  /// Asks that ClickHouse, within those limits.
  public ServiceGraph(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// The calls that were answered in the minutes from `from` to `to`, seconds since 1970-01-01 UTC,
  /// both included.
  Found find(long from, long to) throws ClickHouseException {
    List<GraphEdge> edges = new ArrayList<>();
    Set<GraphNode.Name> names = new TreeSet<>();
    try (Rows rows = clickHouse.query(bound(SQL, from, to, EDGES_MAX))) {
      while (rows.next()) {
        GraphEdge edge =
            new GraphEdge(
                new GraphNode.Name(rows.getString(0), GraphNode.Type.of(rows.getString(1))),
                new GraphNode.Name(rows.getString(2), GraphNode.Type.of(rows.getString(3))),
                GraphEdge.Kind.of(rows.getLong(4)),
                Calls.of(rows, 5));
        edges.add(edge);
      }
    }
    List<GraphEdge> shown = edges.subList(0, Math.min(edges.size(), EDGES_MAX));
    shown.forEach(edge -> names.addAll(List.of(edge.client(), edge.server())));
    List<GraphNode> nodes = new ArrayList<>();
    boolean truncated = edges.size() > EDGES_MAX;
    try (Rows rows =
        clickHouse.query(bound(NODES_SQL, from, to, NODES_MAX).with("ends", services(names)))) {
      while (rows.next()) {
        if (nodes.size() == NODES_MAX) {
          truncated = true;
          break;
        }
        GraphNode.Name name = new GraphNode.Name(rows.getString(0), GraphNode.Type.SERVICE);
        nodes.add(new GraphNode(name, Calls.of(rows, 1)));
        names.remove(name);
      }
    }
    names.forEach(name -> nodes.add(new GraphNode(name, Calls.NONE)));
    nodes.sort(null);
    return new Found(nodes, List.copyOf(shown), truncated);
  }

  private static List<String> services(Set<GraphNode.Name> names) {
    return names.stream()
        .filter(name -> name.type() == GraphNode.Type.SERVICE)
        .map(GraphNode.Name::text)
        .toList();
  }

  /// @param max of what is shown; one more tells whether there is more
  private Query bound(String sql, long from, long to, int max) {
    return limits.bound(Query.of(sql).with("from", from).with("to", to).with("limit", max + 1L));
  }
}
