-- What is written with each block is merged ten parts at once, as spans are: a row of three million spans' in blocks of
-- 20,000 was rewritten 6 times in red_1s, 12 in trace_index and 24 in blocks, and is 2, 3 and 10 times now.
-- docs/adr/0002-span-schema.md.
ALTER TABLE deepflow.red_1s ${on_cluster} MODIFY SETTING merge_selector_base = 16, min_parts_to_merge_at_once = 10;
ALTER TABLE deepflow.trace_index ${on_cluster} MODIFY SETTING merge_selector_base = 16, min_parts_to_merge_at_once = 10;
ALTER TABLE deepflow.blocks ${on_cluster} MODIFY SETTING merge_selector_base = 16, min_parts_to_merge_at_once = 10;
