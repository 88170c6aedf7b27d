-- What attributes that are no simple value are found by: the elements of arrays, and bytes as base64. The place of the
-- attribute in `attributes`, from 1, and a letter of `attribute_types` with the text behind it. Rows from before have none.
ALTER TABLE deepflow.spans ${on_cluster}
    ADD COLUMN IF NOT EXISTS elements Map(UInt32, String);
ALTER TABLE deepflow.resources ${on_cluster}
    ADD COLUMN IF NOT EXISTS elements Map(UInt32, String);
