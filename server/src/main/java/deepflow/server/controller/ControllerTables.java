package deepflow.server.controller;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.StringColumn;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// The tables `agents` and `agent_groups`. A row is added for each change; the newest of a key
/// counts. For one thread at a time.
final class ControllerTables {
  private final ClickHouse clickHouse;
  private final InstantSource clock;
  private long lastVersion;

  ControllerTables(ClickHouse clickHouse, InstantSource clock) {
    this.clickHouse = clickHouse;
    this.clock = clock;
  }

  /// All agents, by uid.
  Map<String, RegisteredAgent> agents() throws ClickHouseException {
    Map<String, RegisteredAgent> agents = new LinkedHashMap<>();
    Query query =
        Query.of(
            "SELECT hex(uid), version, number, name, agent_group, enabled, toUnixTimestamp(registered),"
                + " deleted FROM deepflow.agents ORDER BY version");
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        String uid = rows.getString(0).toLowerCase(Locale.ROOT);
        lastVersion = Math.max(lastVersion, rows.getLong(1));
        agents.put(
            uid,
            new RegisteredAgent(
                uid,
                (int) rows.getLong(2),
                rows.getString(3),
                rows.getString(4),
                rows.getLong(5) != 0,
                Instant.ofEpochSecond(rows.getLong(6))));
        if (rows.getLong(7) != 0) {
          agents.remove(uid);
        }
      }
    }
    return agents;
  }

  /// All groups, by id.
  Map<String, AgentGroup> groups() throws ClickHouseException {
    Map<String, AgentGroup> groups = new LinkedHashMap<>();
    Query query =
        Query.of(
            "SELECT id, version, name, configuration, configured, toUnixTimestamp(updated), deleted"
                + " FROM deepflow.agent_groups ORDER BY version");
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        String id = rows.getString(0);
        lastVersion = Math.max(lastVersion, rows.getLong(1));
        groups.put(
            id,
            new AgentGroup(
                id,
                rows.getString(2),
                rows.getLong(4) == 0 ? null : rows.getString(3),
                Instant.ofEpochSecond(rows.getLong(5))));
        if (rows.getLong(6) != 0) {
          groups.remove(id);
        }
      }
    }
    return groups;
  }

  void save(RegisteredAgent agent, boolean deleted) throws ClickHouseException {
    Block block = new Block();
    FixedBytesColumn uid = block.add("uid", FixedBytesColumn.fixedString(16));
    LongColumn version = block.add("version", new LongColumn("UInt64"));
    IntColumn number = block.add("number", new IntColumn("UInt32"));
    StringColumn name = block.add("name", new StringColumn());
    StringColumn group = block.add("agent_group", new StringColumn());
    ByteColumn enabled = block.add("enabled", new ByteColumn("UInt8"));
    IntColumn registered = block.add("registered", new IntColumn("DateTime('UTC')"));
    ByteColumn gone = block.add("deleted", new ByteColumn("UInt8"));
    uid.append(HexFormat.of().parseHex(agent.uid()));
    version.append(nextVersion());
    number.append(agent.number());
    name.append(agent.name());
    group.append(agent.group());
    enabled.append(agent.enabled() ? 1 : 0);
    registered.append((int) agent.registered().getEpochSecond());
    gone.append(deleted ? 1 : 0);
    insert("agents", block);
  }

  void save(AgentGroup changed, boolean deleted) throws ClickHouseException {
    Block block = new Block();
    StringColumn id = block.add("id", new StringColumn());
    LongColumn version = block.add("version", new LongColumn("UInt64"));
    StringColumn name = block.add("name", new StringColumn());
    StringColumn configuration = block.add("configuration", new StringColumn());
    ByteColumn configured = block.add("configured", new ByteColumn("UInt8"));
    IntColumn updated = block.add("updated", new IntColumn("DateTime('UTC')"));
    ByteColumn gone = block.add("deleted", new ByteColumn("UInt8"));
    id.append(changed.id());
    version.append(nextVersion());
    name.append(changed.name());
    configuration.append(Objects.requireNonNullElse(changed.configuration(), ""));
    configured.append(changed.configuration() == null ? 0 : 1);
    updated.append((int) changed.updated().getEpochSecond());
    gone.append(deleted ? 1 : 0);
    insert("agent_groups", block);
  }

  private long nextVersion() {
    Instant now = clock.instant();
    long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
    lastVersion = Math.max(lastVersion + 1, nanos);
    return lastVersion;
  }

  private void insert(String table, Block block) throws ClickHouseException {
    clickHouse.insert(
        "INSERT INTO deepflow.%s SETTINGS async_insert = 0, input_format_skip_unknown_fields = 0"
            .formatted(table),
        block);
  }
}
