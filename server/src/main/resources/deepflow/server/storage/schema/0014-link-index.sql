-- Which spans have a link to a span: a row for each link of a block's spans, so that who links to a trace is found without
-- a look at the spans. Filled with the block as trace_index is, dropped with the day as spans are.
-- docs/adr/0002-span-schema.md. Placeholders as in 0001-spans.sql, and how statements end.
CREATE TABLE IF NOT EXISTS deepflow.link_index ${on_cluster}
(
    block_time DateTime('UTC'),
    block_id UInt64,
    -- the span that the link names
    linked_trace_id FixedString(16),
    linked_span_id FixedString(8) CODEC(NONE),
    -- the span that has the link
    trace_id FixedString(16),
    span_id FixedString(8) CODEC(NONE),
    start_time DateTime64(9, 'UTC'),
    service LowCardinality(String),
    name LowCardinality(String)
)
ENGINE = ${engine}
PARTITION BY toDate(block_time)
ORDER BY (linked_trace_id, linked_span_id)
SETTINGS index_granularity = 256,
    merge_selector_base = 16,
    min_parts_to_merge_at_once = 10,
    old_parts_lifetime = 15,
    min_rows_to_fsync_after_merge = 1,
    cleanup_delay_period = 15,
    cleanup_delay_period_random_add = 5,
    max_cleanup_delay_period = 30,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
