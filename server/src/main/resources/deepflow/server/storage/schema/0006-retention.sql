-- Which traces have to be looked at again when spans are counted, and how spans expire by rules. Placeholders as in
-- 0001-spans.sql, and how statements end.

-- Traces that have a span, by its id and start, in two blocks at least: its sender may have sent it twice. A row each
-- time that this was noticed.
CREATE TABLE IF NOT EXISTS deepflow.repeated_traces ${on_cluster}
(
    -- after which block it was noticed
    block_time DateTime('UTC'),
    -- by which rollup; 0: by a question, before there was one
    found_by UInt64,
    trace_id FixedString(16),
    -- of these spans: first start, last end
    first DateTime64(9, 'UTC'),
    last DateTime64(9, 'UTC')
)
ENGINE = ${engine}
PARTITION BY toYYYYMM(block_time)
ORDER BY (first, trace_id)
TTL block_time + toIntervalSecond(${retention_envelopes})
SETTINGS index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- How long spans are kept, as an operator chose it: the row with the highest version counts.
CREATE TABLE IF NOT EXISTS deepflow.retention_rules ${on_cluster}
(
    version UInt64,
    -- 0: the configuration counts
    chosen UInt8,
    -- in their order, such as '30d status = error'
    rules Array(String),
    -- seconds, for spans that no rule fits
    otherwise UInt64
)
ENGINE = ${engine}
ORDER BY version
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1;

-- By which cut of a day spans expired; 0: the day was dropped.
ALTER TABLE deepflow.expired ${on_cluster} ADD COLUMN IF NOT EXISTS cut UInt64;

-- Cuts that are complete. One that is in expired and not in here has counted what goes, and has it still.
CREATE TABLE IF NOT EXISTS deepflow.expiry_cuts ${on_cluster}
(
    day Date,
    cut UInt64
)
ENGINE = ${engine}
ORDER BY cut
TTL day + toIntervalSecond(${retention_blocks})
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1;
