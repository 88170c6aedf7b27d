-- How long metrics by seconds, metrics by minutes and the service graph are kept, in seconds, as an operator chose it with
-- the rules. 0: the configuration counts, as it did when only rules could be chosen.
ALTER TABLE deepflow.retention_rules ${on_cluster}
    ADD COLUMN IF NOT EXISTS metrics_1s UInt64,
    ADD COLUMN IF NOT EXISTS metrics_1m UInt64,
    ADD COLUMN IF NOT EXISTS service_graph UInt64;
