-- What became of every span: with spans and blocks the loss ledger. Placeholders as in 0001, and how statements end.

-- Spans of which a block made no row, by batch and reason ('repeated': it had them already, as sent). Written before the block's spans: what counts is what has its
-- block in table blocks.
CREATE TABLE IF NOT EXISTS deepflow.refusals ${on_cluster}
(
    block_time DateTime('UTC'),
    block_id UInt64,
    agent FixedString(16),
    batch UInt64,
    reason LowCardinality(String),
    spans UInt64
)
ENGINE = ${engine}
PARTITION BY toYYYYMM(block_time)
ORDER BY (agent, batch)
TTL block_time + toIntervalSecond(${retention_blocks})
SETTINGS index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- What agents say of all spans that they ever saw: sums, the last ones of each minute.
CREATE TABLE IF NOT EXISTS deepflow.agent_reports ${on_cluster}
(
    minute DateTime('UTC'),
    agent FixedString(16),
    reported DateTime64(3, 'UTC'),
    epoch UInt64,
    -- the highest batch that is acknowledged
    through UInt64,
    accepted UInt64,
    -- of these, in batches up to through
    covered UInt64,
    resent UInt64,
    invalid UInt64,
    busy UInt64,
    damaged UInt64,
    unacknowledged UInt64,
    refused_requests UInt64
)
ENGINE = ${replacing_engine}
PARTITION BY toYYYYMM(minute)
ORDER BY (agent, minute)
TTL minute + toIntervalSecond(${retention_blocks})
SETTINGS index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Spans that retention dropped, a row for each hour, agent and service of a day. Written before the day is dropped, as one
-- part: a day that is in here and in spans as well is dropped again.
CREATE TABLE IF NOT EXISTS deepflow.expired ${on_cluster}
(
    day Date,
    hour DateTime('UTC'),
    agent FixedString(16),
    service LowCardinality(String),
    -- age or space
    reason LowCardinality(String),
    batch_max UInt64,
    spans UInt64
)
ENGINE = ${engine}
ORDER BY (agent, hour)
TTL day + toIntervalSecond(${retention_blocks})
SETTINGS index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Parts that were merged away are gone within a minute, since the merged part is on the disk for certain.
ALTER TABLE deepflow.spans ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.trace_index ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
