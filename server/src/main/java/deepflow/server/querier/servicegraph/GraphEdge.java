package deepflow.server.querier.servicegraph;

/// Calls from one to another.
record GraphEdge(GraphNode.Name client, GraphNode.Name server, Calls calls) {}
