-- Addresses and host names of nodes and hosts. Rows from before have none, until what they tell of sends or is called again.
ALTER TABLE deepflow.labels ${on_cluster}
    ADD COLUMN IF NOT EXISTS pod_node_ip LowCardinality(String),
    ADD COLUMN IF NOT EXISTS pod_node_hostname LowCardinality(String),
    -- of the host, in Kubernetes or not
    ADD COLUMN IF NOT EXISTS host_ip LowCardinality(String),
    ADD COLUMN IF NOT EXISTS host_hostname LowCardinality(String);

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
    pod_node_ip String,
    pod_node_hostname String,
    host_ip String,
    host_hostname String,
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
    -- as JSON: of a text the engine asks once for all rows of a block that have the same label, of an array for each
    k8s_labels String DEFAULT '{}',
    k8s_annotations String DEFAULT '{}',
    k8s_env String DEFAULT '{}',
    tag_conflicts String
)
PRIMARY KEY label_id
SOURCE(CLICKHOUSE(QUERY 'SELECT label_id, app_instance, pod, pod_ns, pod_node, pod_group, pod_cluster, host, pod_node_ip, pod_node_hostname, host_ip, host_hostname, pod_service, pod_ingress, region, az, auto_instance, auto_service, tag_source, pod_group_type, auto_instance_type, auto_service_type, toJSONString(l.k8s_labels) AS k8s_labels, toJSONString(l.k8s_annotations) AS k8s_annotations, toJSONString(l.k8s_env) AS k8s_env, tag_conflicts FROM deepflow.labels AS l WHERE {condition} ORDER BY version DESC LIMIT 1 BY label_id'))
LAYOUT(DIRECT());
