-- Both sides of a span, as Kubernetes knows them. What is written here as in 0001-spans.sql.

-- A row that answers what was open when its spans came has the same id and a higher version.
ALTER TABLE deepflow.labels ${on_cluster}
    ADD COLUMN IF NOT EXISTS pod_service LowCardinality(String),
    ADD COLUMN IF NOT EXISTS pod_ingress LowCardinality(String),
    ADD COLUMN IF NOT EXISTS region LowCardinality(String),
    ADD COLUMN IF NOT EXISTS az LowCardinality(String),
    -- empty: the side's address is all that is known
    ADD COLUMN IF NOT EXISTS auto_instance LowCardinality(String),
    ADD COLUMN IF NOT EXISTS auto_service LowCardinality(String),
    -- what the side was found by, or why it wasn't
    ADD COLUMN IF NOT EXISTS tag_source LowCardinality(String),
    -- DeepFlow's numbers; 0: rows that are older than these columns
    ADD COLUMN IF NOT EXISTS pod_group_type UInt8,
    ADD COLUMN IF NOT EXISTS auto_instance_type UInt8,
    ADD COLUMN IF NOT EXISTS auto_service_type UInt8,
    ADD COLUMN IF NOT EXISTS k8s_labels Map(LowCardinality(String), String),
    ADD COLUMN IF NOT EXISTS k8s_annotations Map(LowCardinality(String), String),
    ADD COLUMN IF NOT EXISTS k8s_env Map(LowCardinality(String), String),
    -- where the sender says one thing and Kubernetes another
    ADD COLUMN IF NOT EXISTS tag_conflicts String,
    ADD COLUMN IF NOT EXISTS version UInt64,
    MODIFY ORDER BY (label_id, day, version);

-- Asks the table each time, so that a label is there as soon as its spans are.
CREATE OR REPLACE DICTIONARY deepflow.label_names ${on_cluster}
(
    label_id UInt64,
    app_instance String,
    pod String,
    pod_ns String,
    pod_node String,
    pod_group String,
    pod_cluster String,
    host String,
    pod_service String,
    pod_ingress String,
    region String,
    az String,
    auto_instance String,
    auto_service String,
    tag_source String,
    pod_group_type UInt8,
    auto_instance_type UInt8,
    auto_service_type UInt8,
    label_keys Array(String),
    label_values Array(String),
    annotation_keys Array(String),
    annotation_values Array(String),
    env_keys Array(String),
    env_values Array(String),
    tag_conflicts String
)
PRIMARY KEY label_id
SOURCE(CLICKHOUSE(QUERY 'SELECT label_id, app_instance, pod, pod_ns, pod_node, pod_group, pod_cluster, host, pod_service, pod_ingress, region, az, auto_instance, auto_service, tag_source, pod_group_type, auto_instance_type, auto_service_type, mapKeys(k8s_labels) AS label_keys, mapValues(k8s_labels) AS label_values, mapKeys(k8s_annotations) AS annotation_keys, mapValues(k8s_annotations) AS annotation_values, mapKeys(k8s_env) AS env_keys, mapValues(k8s_env) AS env_values, tag_conflicts FROM deepflow.labels WHERE {condition} ORDER BY version DESC LIMIT 1 BY label_id'))
LAYOUT(DIRECT());

-- Who was at the other side of the span: a row of table labels.
ALTER TABLE deepflow.spans ${on_cluster}
    ADD COLUMN IF NOT EXISTS peer_label_id UInt64;
