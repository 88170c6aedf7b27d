-- What is written with each block leaves as many parts behind as spans do: in every table those that were merged away are
-- gone within a minute, since the merged part is on the disk for certain. docs/adr/0011-retention-ledger.md.
ALTER TABLE deepflow.labels ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.resources ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.scopes ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.blocks ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.store ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.red_1s ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.red_1m ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.service_calls ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.rollups ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.refusals ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.agent_reports ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.expired ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.agents ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.agent_groups ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.repeated_traces ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.retention_rules ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.expiry_cuts ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.span_links ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
ALTER TABLE deepflow.value_index ${on_cluster} MODIFY SETTING old_parts_lifetime = 15, min_rows_to_fsync_after_merge = 1;
