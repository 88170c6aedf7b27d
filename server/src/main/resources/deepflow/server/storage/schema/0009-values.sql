-- In which second a value of an attribute can be, whatever its key: where spans have to be read to find it. Rows are
-- there before the spans that they are of, and one that is there twice says nothing new. Without a block's number, which
-- would cost as much as the rest. docs/adr/0002-span-schema.md.
CREATE TABLE IF NOT EXISTS deepflow.value_index ${on_cluster}
(
    -- of the block
    day Date,
    -- the first 28 bits of the value's xxh3: so many that few values of a day share one
    hash UInt32 CODEC(Delta(4), T64, ZSTD(1)),
    -- deepflow.server.storage.SpanOrder
    step Int64 CODEC(T64, ZSTD(1))
)
ENGINE = ${engine}
PARTITION BY day
ORDER BY (hash, step)
TTL day + toIntervalSecond(${retention_envelopes})
SETTINGS index_granularity = 2048,
    merge_selector_base = 16,
    min_parts_to_merge_at_once = 10,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
