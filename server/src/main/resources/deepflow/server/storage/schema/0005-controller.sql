-- Agents that an operator may know, and groups of agents with their configuration. Few rows, written when something
-- changes: for each key the row with the highest version counts.

CREATE TABLE IF NOT EXISTS deepflow.agents ${on_cluster}
(
    -- names the agent for ever
    uid FixedString(16),
    -- when the row was written, in ns; higher than all before
    version UInt64,
    number UInt32,
    name String,
    -- id of the group that an operator put it into; empty: the one that it asks for, or the default one
    agent_group String,
    -- 0: an operator turned its intake off
    enabled UInt8,
    registered DateTime('UTC'),
    -- 1: there is no such agent any more
    deleted UInt8
)
ENGINE = ${replacing_engine}
ORDER BY uid
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS deepflow.agent_groups ${on_cluster}
(
    -- g- and ten characters
    id String,
    version UInt64,
    name String,
    -- YAML as its operator wrote it
    configuration String,
    -- 0: it never had one, or it was deleted
    configured UInt8,
    updated DateTime('UTC'),
    deleted UInt8
)
ENGINE = ${replacing_engine}
ORDER BY id
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1;
