-- Spans and all that is found by them. Placeholders: ${engine}, ${replacing_engine}, ${on_cluster}; in seconds:
-- ${retention}, ${retention_envelopes}, ${retention_blocks}. A statement ends with a semicolon at the end of a line.
--
-- Every table is partitioned by the time at which its block was made, never by the span's: a block is then one part,
-- there as a whole or not at all, and odd timestamps can't multiply partitions. A row's block, agent and batch stand
-- in it, so that the store itself tells which batches it has: after a crash or an unknown result the tables are asked
-- what they have, because a token that the engine remembers does not survive a kill in step with its data.

-- Where resources run: once for each content and day. A label's id is made of its content.
CREATE TABLE IF NOT EXISTS deepflow.labels ${on_cluster}
(
    day Date,
    label_id UInt64,
    app_instance LowCardinality(String),
    pod LowCardinality(String),
    pod_ns LowCardinality(String),
    pod_node LowCardinality(String),
    pod_group LowCardinality(String),
    pod_cluster LowCardinality(String),
    host LowCardinality(String)
)
ENGINE = ${replacing_engine}
PARTITION BY toYYYYMM(day)
ORDER BY (label_id, day)
TTL day + toIntervalSecond(${retention_envelopes})
SETTINGS index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Asks the table each time, so that a label is there as soon as its spans are.
CREATE DICTIONARY IF NOT EXISTS deepflow.label_names ${on_cluster}
(
    label_id UInt64,
    app_instance String,
    pod String,
    pod_ns String,
    pod_node String,
    pod_group String,
    pod_cluster String,
    host String
)
PRIMARY KEY label_id
SOURCE(CLICKHOUSE(TABLE 'labels' DB 'deepflow'))
LAYOUT(DIRECT());

-- One row a span.
CREATE TABLE IF NOT EXISTS deepflow.spans ${on_cluster}
(
    -- when the block was made, and its number: the same in all rows of a block, rising from block to block
    block_time DateTime('UTC'),
    block_id UInt64,
    -- the queue that the span came from, and the number that its batch has there
    agent FixedString(16),
    batch UInt64,

    trace_id FixedString(16),
    span_id FixedString(8) CODEC(NONE),
    -- zero: a root
    parent_span_id FixedString(8),
    trace_state String,
    flags UInt32,
    name LowCardinality(String),
    -- as sent, values that OTLP doesn't define included
    kind Int32,
    -- the 64 bits that were sent
    start_time DateTime64(9, 'UTC'),
    -- end - start in nanoseconds, modulo 2^64
    duration Int64 CODEC(T64, ZSTD(1)),
    -- the resource's service.name
    service LowCardinality(String),
    -- 0: the span was sent without a Status, which is not the same as an empty one
    has_status UInt8,
    status_code Int32,
    status_message String,
    resource_id FixedString(16),
    scope_id FixedString(16),

    -- in the sender's order, repeated keys included; values as text
    attributes Map(LowCardinality(String), String),
    -- empty: all values are strings. Else a letter an attribute: s string, i int, d double, b bool, o other (the value
    -- is the serialized AnyValue)
    attribute_types LowCardinality(String),
    dropped_attributes_count UInt32,

    dropped_events_count UInt32,
    dropped_links_count UInt32,
    event_names Array(LowCardinality(String)),

    -- the events and the links as they came: the span's serialized fields 11 and 13, one after the other
    events String,
    links String,
    -- empty: the columns above say all. First byte 0: followed by the span's fields that are unknown to us, serialized.
    -- First byte 1: followed by the whole serialized span, because the columns can't say all of it
    unknown_fields String,
    -- who sent it to the agent; zero: not said
    sender IPv6,

    -- what DeepFlow's l7_flow_log has; zero, empty or NULL: not known
    ip_0 IPv6,
    ip_1 IPv6,
    is_ipv4 UInt8,
    protocol UInt8,
    server_port UInt16,
    client_port UInt16,
    l7_protocol UInt8,
    is_tls UInt8,
    version String,
    request_type LowCardinality(String),
    request_domain String,
    request_resource String,
    request_length Nullable(Int64),
    response_length Nullable(Int64),
    -- 0 success, 3 server error, 4 client error, 5 unknown
    response_status UInt8,
    -- the protocol's own code
    response_code Nullable(Int32),
    response_exception String,

    -- where the resource runs: a row of table labels; a name that repeats in every row would cost at every merge, and a
    -- column that asks for it as ALIAS a millisecond of each query on the table
    label_id UInt64,

    -- a merged part has its blocks about in their order, since it is sorted by time
    INDEX block_ids block_id TYPE minmax GRANULARITY 1,
    -- DeepFlow's time is the second of the end; conditions on it must use the very same expression
    INDEX end_times (toUnixTimestamp64Nano(start_time) + duration) TYPE minmax GRANULARITY 1
)
ENGINE = ${engine}
PARTITION BY toDate(block_time)
-- What was there at a time lies together, and of it each trace's spans: deepflow.server.storage.SpanOrder
PRIMARY KEY (intDiv(toUnixTimestamp64Nano(start_time), 1000000000), trace_id)
ORDER BY (intDiv(toUnixTimestamp64Nano(start_time), 1000000000), trace_id, start_time)
TTL block_time + toIntervalSecond(${retention})
SETTINGS index_granularity = 2048,
    min_level_for_wide_part = 1,
    -- rewrite each row 3 times a day instead of 4 to 6: docs/adr/0002-span-schema.md
    merge_selector_base = 16,
    min_parts_to_merge_at_once = 10,
    max_bytes_to_merge_at_max_space_in_pool = 2000000000,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- The part of ResourceSpans that is not spans, once for each content and day.
CREATE TABLE IF NOT EXISTS deepflow.resources ${on_cluster}
(
    day Date,
    -- the first 128 bits of the SHA-256 of all that makes the envelope
    resource_id FixedString(16),
    -- the same without what the agent added: equal for spans that were sent twice by different ways
    sender_resource_id FixedString(16),
    has_resource UInt8,
    -- the serialized Resource
    resource String,
    schema_url String,
    -- fields of ResourceSpans that are unknown to us, serialized
    unknown_fields String,
    attributes Map(LowCardinality(String), String),
    attribute_types LowCardinality(String),
    service LowCardinality(String),
    -- 1: the agent added app.host.ip, as the last attribute
    app_host_ip_added UInt8
)
ENGINE = ${replacing_engine}
PARTITION BY toYYYYMM(day)
ORDER BY (resource_id, day)
TTL day + toIntervalSecond(${retention_envelopes})
SETTINGS index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- The part of ScopeSpans that is not spans, once for each content and day.
CREATE TABLE IF NOT EXISTS deepflow.scopes ${on_cluster}
(
    day Date,
    scope_id FixedString(16),
    has_scope UInt8,
    -- the serialized InstrumentationScope
    scope String,
    schema_url String,
    -- fields of ScopeSpans that are unknown to us, serialized
    unknown_fields String,
    name LowCardinality(String),
    version LowCardinality(String)
)
ENGINE = ${replacing_engine}
PARTITION BY toYYYYMM(day)
ORDER BY (scope_id, day)
TTL day + toIntervalSecond(${retention_envelopes})
SETTINGS index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- One row for each block, trace and second in which its spans start: lists of traces read only this, and spans of a
-- trace are found through it.
CREATE TABLE IF NOT EXISTS deepflow.trace_index ${on_cluster}
(
    block_time DateTime('UTC'),
    block_id UInt64,
    trace_id FixedString(16),
    -- of these spans: first start, last end; the start is of the same second as theirs
    start_time DateTime64(9, 'UTC'),
    end_time DateTime64(9, 'UTC'),
    span_count UInt32,
    -- spans with status ERROR
    error_count UInt32,
    -- 1: among them is the trace's root, whose service and name follow
    has_root UInt8,
    root_service LowCardinality(String),
    root_name LowCardinality(String),
    -- each service once; at most 256
    services Array(LowCardinality(String))
)
ENGINE = ${engine}
PARTITION BY toDate(block_time)
-- the hour; toStartOfHour would wrap before 1970 and after 2106
ORDER BY (intDiv(toUnixTimestamp64Nano(start_time), 3600000000000), trace_id)
TTL block_time + toIntervalSecond(${retention})
SETTINGS index_granularity = 256,
    min_level_for_wide_part = 1,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- One row for each block and agent, written last: what is in here is committed.
CREATE TABLE IF NOT EXISTS deepflow.blocks ${on_cluster}
(
    block_time DateTime('UTC'),
    block_id UInt64,
    agent FixedString(16),
    epoch UInt64,
    -- lowest and highest batch of the agent in the block, and how many
    batch_min UInt64,
    batch_max UInt64,
    batches UInt64,
    spans UInt64,
    refused_spans UInt64
)
ENGINE = ${engine}
PARTITION BY toYYYYMM(block_time)
ORDER BY (agent, block_id)
TTL block_time + toIntervalSecond(${retention_blocks})
SETTINGS index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Names this store for ever, so that agents never mix up two of them.
CREATE TABLE IF NOT EXISTS deepflow.store ${on_cluster}
(
    identity FixedString(16)
)
ENGINE = ${engine}
ORDER BY identity
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1;
