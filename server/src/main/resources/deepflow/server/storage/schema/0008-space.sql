-- A value's length stands before its bytes instead of in a stream of its own: lengths of attributes whose values repeat
-- then compress with them. Merged parts take 9 bytes a span less, and merging a third less time: docs/adr/0002-span-schema.md.
ALTER TABLE deepflow.spans ${on_cluster}
    MODIFY SETTING string_serialization_version = 'single_stream';
