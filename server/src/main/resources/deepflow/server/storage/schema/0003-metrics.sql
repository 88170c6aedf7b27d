-- RED (requests, errors, durations) of all spans, and which service calls which. Placeholders as in 0001-spans.sql, and in
-- seconds ${retention_seconds}, ${retention_minutes}.
--
-- All figures are sums (but for the maximum): what a block adds can be taken back by a row with negative numbers, and
-- rows of any blocks can be added up. docs/adr/0010-red-metrics.md.

-- What a client's span says of a peer that sends no spans of its own: 1 a database, 2 a queue; and its name, such as
-- postgresql/orders or kafka/invoices.
ALTER TABLE deepflow.spans ${on_cluster}
    ADD COLUMN IF NOT EXISTS peer_type UInt8,
    ADD COLUMN IF NOT EXISTS peer String;

-- One row for each block, second in which spans ended, and set of tags.
CREATE TABLE IF NOT EXISTS deepflow.red_1s ${on_cluster}
(
    block_time DateTime('UTC'),
    -- of the block of spans; with correction = 1 the number of the rollup that found spans which are there twice
    block_id UInt64,
    correction UInt8,
    -- 1970 or 2106 for what lies outside
    time DateTime('UTC'),
    -- of the spans, as in table spans; '(other)' when a block has too many different ones
    service LowCardinality(String),
    name LowCardinality(String),
    kind Int32,
    l7_protocol UInt8,
    protocol UInt8,
    is_ipv4 UInt8,
    server_port UInt16,
    ip_0 IPv6,
    ip_1 IPv6,
    peer_type UInt8,
    peer LowCardinality(String),
    label_id UInt64,
    peer_label_id UInt64,
    agent FixedString(16),
    request Int64,
    -- response_status 4 and 3
    client_error Int64,
    server_error Int64,
    -- in the eyes of who is responsible for the span: its status is ERROR, or server_error
    failure Int64,
    -- of the spans that took 1 µs or more: how many, µs, the longest
    rrt_count Int64,
    rrt_sum Int64,
    rrt_max UInt64,
    -- the same spread over buckets: bucket i holds durations up to 1.02^i µs, above 1.02^(i-1)
    rrt_buckets Array(UInt16),
    rrt_counts Array(Int64)
)
ENGINE = ${engine}
PARTITION BY toDate(block_time)
ORDER BY (toStartOfMinute(time), service, name, kind, time)
TTL block_time + toIntervalSecond(${retention_seconds})
SETTINGS index_granularity = 2048,
    min_level_for_wide_part = 1,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- The rows of red_1s added up by minutes: what the blocks of one rollup hold. Good when table rollups has the rollup.
CREATE TABLE IF NOT EXISTS deepflow.red_1m ${on_cluster}
(
    block_time DateTime('UTC'),
    rollup UInt64,
    time DateTime('UTC'),
    service LowCardinality(String),
    name LowCardinality(String),
    kind Int32,
    l7_protocol UInt8,
    protocol UInt8,
    is_ipv4 UInt8,
    server_port UInt16,
    ip_0 IPv6,
    ip_1 IPv6,
    peer_type UInt8,
    peer LowCardinality(String),
    label_id UInt64,
    peer_label_id UInt64,
    agent FixedString(16),
    request Int64,
    client_error Int64,
    server_error Int64,
    failure Int64,
    rrt_count Int64,
    rrt_sum Int64,
    rrt_max UInt64,
    rrt_buckets Array(UInt16),
    rrt_counts Array(Int64)
)
ENGINE = ${engine}
PARTITION BY toDate(block_time)
ORDER BY (time, service, name, kind)
TTL block_time + toIntervalSecond(${retention_minutes})
SETTINGS index_granularity = 2048,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Calls from one service to another, by the minute in which the called one answered. Good when table rollups has the
-- rollup. Calls to databases and queues are rows of red_1m with a peer.
CREATE TABLE IF NOT EXISTS deepflow.service_calls ${on_cluster}
(
    block_time DateTime('UTC'),
    rollup UInt64,
    time DateTime('UTC'),
    client LowCardinality(String),
    server LowCardinality(String),
    -- of the called spans
    request Int64,
    failure Int64,
    rrt_count Int64,
    rrt_sum Int64,
    rrt_max UInt64,
    rrt_buckets Array(UInt16),
    rrt_counts Array(Int64)
)
ENGINE = ${engine}
PARTITION BY toDate(block_time)
ORDER BY (time, client, server)
TTL block_time + toIntervalSecond(${retention_minutes})
SETTINGS index_granularity = 1024,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- One row for each rollup, written last: what is in here is complete. A rollup takes the blocks with numbers from
-- block_min on, below block_end; the next one begins there.
CREATE TABLE IF NOT EXISTS deepflow.rollups ${on_cluster}
(
    block_time DateTime('UTC'),
    rollup UInt64,
    block_min UInt64,
    block_end UInt64,
    -- spans that were there before, by other ways
    merged UInt64
)
ENGINE = ${engine}
PARTITION BY toYYYYMM(block_time)
ORDER BY rollup
TTL block_time + toIntervalSecond(${retention_blocks})
SETTINGS index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
