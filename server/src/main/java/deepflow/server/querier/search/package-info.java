/// Search of traces: one engine for Tempo's API, our UI's and the comparison of traces. It knows
/// neither HTTP nor the shape of an answer.
///
/// [TraceQl] reads a condition, [TraceSearch] finds the traces that have a span which fulfils it,
/// [ConditionSql] says it in ClickHouse's SQL, in which every value is a parameter; [TagSearch]
/// lists the names and values that conditions can use.
@NullMarked
package deepflow.server.querier.search;

import org.jspecify.annotations.NullMarked;
