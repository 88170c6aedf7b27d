-- How many spans a block has of each agent and service, and in which batches: counted by the engine from the rows of each
-- part and kept with it. So the loss ledger reads a row for thousands of spans, and there is no second table that could
-- disagree. Parts from before get theirs in the background, and are read as they are until then. docs/adr/0011-retention-ledger.md.
ALTER TABLE deepflow.spans ${on_cluster} ADD PROJECTION IF NOT EXISTS block_counts
(
    SELECT block_time, block_id, agent, service, min(batch), max(batch), count()
    GROUP BY block_time, block_id, agent, service
);
ALTER TABLE deepflow.spans ${on_cluster} MATERIALIZE PROJECTION block_counts SETTINGS mutations_sync = 0;
