package deepflow.server.querier.servicegraph;

import java.util.Locale;

/// Calls from one to another.
///
/// @param server who is called, or whose spans have links
/// @param calls calls, or links
record GraphEdge(GraphNode.Name client, GraphNode.Name server, Kind kind, Calls calls) {

  /// What stands for one.
  enum Kind {
    /// A span that answers its parent, or one that names a database or a queue.
    CALL,
    /// A span link.
    LINK;

    static Kind of(long link) {
      return link == 0 ? CALL : LINK;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
