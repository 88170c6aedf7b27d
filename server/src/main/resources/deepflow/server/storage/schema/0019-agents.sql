-- What an agent is called, by the number that answers give it. Asks the table each time, so that a new name is the one of
-- the rows from before as soon as it is there. One that was deleted keeps its last name for the spans that it sent.
CREATE OR REPLACE DICTIONARY deepflow.agent_names ${on_cluster}
(
    agent_id UInt64,
    name String
)
PRIMARY KEY agent_id
SOURCE(CLICKHOUSE(QUERY 'SELECT agent_id, name FROM (SELECT bitAnd(cityHash64(uid), 9007199254740991) AS agent_id, name, version FROM deepflow.agents) WHERE {condition} ORDER BY version DESC LIMIT 1 BY agent_id'))
LAYOUT(DIRECT());
