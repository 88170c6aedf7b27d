package deepflow.server.querier.services;

import java.util.List;

/// What a service did in a range of time.
///
/// @param name its `service.name`
/// @param spanCount all of its spans
/// @param requests of the whole range
/// @param series the same for each bucket
record ServiceFigures(String name, long spanCount, Requests requests, List<Requests> series) {}
