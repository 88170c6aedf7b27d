-- Who removes the parts that were merged away looks more rarely the less there was, every five minutes at last: when a load
-- ended, they stayed so long. Now it looks twice a minute. docs/adr/0011-retention-ledger.md.
ALTER TABLE deepflow.spans ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.trace_index ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.labels ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.resources ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.scopes ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.blocks ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.store ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.red_1s ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.red_1m ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.service_calls ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.rollups ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.refusals ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.agent_reports ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.expired ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.agents ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.agent_groups ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.repeated_traces ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.retention_rules ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.expiry_cuts ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.span_links ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
ALTER TABLE deepflow.value_index ${on_cluster} MODIFY SETTING cleanup_delay_period = 15, cleanup_delay_period_random_add = 5, max_cleanup_delay_period = 30;
