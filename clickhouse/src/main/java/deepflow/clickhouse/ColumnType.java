package deepflow.clickhouse;

/// One column of an answer.
///
/// @param name as the query calls it
/// @param type as ClickHouse writes it, e.g. `Map(LowCardinality(String), String)`
public record ColumnType(String name, String type) {}
