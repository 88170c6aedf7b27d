-- Span links as edges of the service graph. docs/adr/0010-red-metrics.md. Placeholders as in 0003-metrics.sql.

-- 1: not a call but a span link, from the linked span's service to that of the span which has the link.
ALTER TABLE deepflow.service_calls ${on_cluster}
    ADD COLUMN IF NOT EXISTS link UInt8;

-- One row for each link of a span, so that a linked span finds those that came before it. Good when table rollups has
-- the rollup.
CREATE TABLE IF NOT EXISTS deepflow.span_links ${on_cluster}
(
    block_time DateTime('UTC'),
    rollup UInt64,
    -- of the span that has the link: where it is stored, its trace, service, the minute in which it ended, whether it
    -- failed and how long it took in µs
    block_id UInt64,
    trace_id FixedString(16),
    service LowCardinality(String),
    time DateTime('UTC'),
    failed UInt8,
    micros UInt64,
    -- of the span that it names
    linked_trace_id FixedString(16),
    linked_span_id FixedString(8) CODEC(NONE)
)
ENGINE = ${engine}
PARTITION BY toDate(block_time)
ORDER BY (block_time, linked_trace_id)
TTL block_time + toIntervalSecond(${retention_minutes})
SETTINGS index_granularity = 2048,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
