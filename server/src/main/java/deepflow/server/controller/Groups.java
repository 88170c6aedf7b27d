package deepflow.server.controller;

import deepflow.clickhouse.ClickHouseException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The groups of agents. For one thread at a time.
final class Groups {
  private static final int GROUPS_MAX = 1000;
  private static final Pattern ID = Pattern.compile("g-[A-Za-z0-9]{10}");
  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final int ID_LETTERS = 10;

  private final ControllerTables tables;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, AgentGroup> groups;

  /// What was worked out since the last change.
  private final Map<String, Configurations> configurations = new HashMap<>();

  Groups(ControllerTables tables, InstantSource clock) throws ClickHouseException {
    this.tables = tables;
    this.clock = clock;
    groups = tables.groups();
    groups.computeIfAbsent(
        AgentGroup.DEFAULT_ID,
        id -> new AgentGroup(id, AgentGroup.DEFAULT_NAME, null, Instant.EPOCH));
  }

  AgentGroup defaults() {
    AgentGroup group = groups.get(AgentGroup.DEFAULT_ID);
    if (group == null) {
      throw new IllegalStateException("the default group is always there");
    }
    return group;
  }

  List<AgentGroup> all() {
    return groups.values().stream()
        .sorted(
            Comparator.comparing((AgentGroup group) -> !group.isDefault())
                .thenComparing(AgentGroup::name))
        .toList();
  }

  @Nullable AgentGroup byId(String id) {
    return groups.get(id);
  }

  /// The group of that id or name; null when there is none.
  @Nullable AgentGroup find(String idOrName) {
    AgentGroup group = groups.get(idOrName);
    return group != null
        ? group
        : groups.values().stream()
            .filter(other -> other.name().equals(idOrName))
            .findAny()
            .orElse(null);
  }

  AgentGroup get(String idOrName) throws ControllerException {
    AgentGroup group = find(idOrName);
    if (group == null) {
      throw ControllerException.notFound(
          "there is no group '%s': deepflow-ctl agent-group list names them".formatted(idOrName));
    }
    return group;
  }

  /// What agents of a group shall work by.
  Configurations configurations(AgentGroup group) {
    return configurations.computeIfAbsent(group.id(), _ -> Configurations.of(defaults(), group));
  }

  /// How often agents of a group ask.
  Duration askInterval(AgentGroup group) {
    return configurations(group).askInterval();
  }

  AgentGroup create(String name, String id) throws ControllerException, ClickHouseException {
    Names.check("a group's name", name);
    if (find(name) != null) {
      throw ControllerException.refused("there is a group '%s' already".formatted(name));
    }
    if (!id.isEmpty() && !ID.matcher(id).matches()) {
      throw ControllerException.refused(
          "'%s' is no id: write g- and ten letters or digits, or leave it away".formatted(id));
    }
    if (groups.containsKey(id)) {
      throw ControllerException.refused("there is a group of id %s already".formatted(id));
    }
    if (groups.size() >= GROUPS_MAX) {
      throw ControllerException.refused("there are %s groups already".formatted(GROUPS_MAX));
    }
    AgentGroup group = new AgentGroup(id.isEmpty() ? newId() : id, name, null, now());
    save(group);
    return group;
  }

  private String newId() {
    StringBuilder id = new StringBuilder("g-");
    for (int i = 0; i < ID_LETTERS; i++) {
      id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return id.toString();
  }

  void delete(AgentGroup group) throws ControllerException, ClickHouseException {
    if (group.isDefault()) {
      throw ControllerException.refused("the default group can't be deleted");
    }
    tables.save(group, /* deleted= */ true);
    groups.remove(group.id());
    forget();
  }

  void configure(AgentGroup group, @Nullable String yaml) throws ClickHouseException {
    save(group.with(yaml, now()));
  }

  private void save(AgentGroup group) throws ClickHouseException {
    tables.save(group, /* deleted= */ false);
    groups.put(group.id(), group);
    forget();
  }

  private void forget() {
    configurations.clear();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
