package deepflow.wire.control;

import deepflow.wire.otlp.AttributeRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A group's configuration as its operator wrote it, checked.
///
/// Keys are DeepFlow's, new or old (old ones become the new ones), and ours. What stands under
/// `collector` is a configuration of an OpenTelemetry collector, which agents that are one get.
///
/// Several are laid over each other key by key: a map is joined with the map below it, anything
/// else takes its place.
public final class GroupConfigFile {
  /// Characters of a configuration, at most.
  public static final int TEXT_MAX = 128 << 10;

  /// Says nothing.
  public static final GroupConfigFile EMPTY = new GroupConfigFile(Map.of(), Map.of(), List.of());

  private static final String COLLECTOR = "collector";

  /// Without [#COLLECTOR]; keys in the order of the text.
  private final Map<String, Object> agent;

  private final Map<String, Object> collector;
  private final List<String> warnings;

  private GroupConfigFile(
      Map<String, Object> agent, Map<String, Object> collector, List<String> warnings) {
    this.agent = agent;
    this.collector = collector;
    this.warnings = warnings;
  }

  /// Reads and checks a configuration.
  ///
  /// @throws ConfigProblemsException when something in it is wrong
  public static GroupConfigFile parse(String yaml) throws ConfigProblemsException {
    if (yaml.isBlank()) {
      return EMPTY;
    }
    Map<String, Object> written = Yaml.read(yaml);
    List<String> problems = new ArrayList<>();
    Map<String, Object> collector = Map.of();
    if (written.containsKey(COLLECTOR)) {
      Object value = written.remove(COLLECTOR);
      if (value instanceof Map<?, ?> map) {
        collector = Yaml.textKeys(map);
      } else {
        problems.add("collector must be a map: the configuration of an OpenTelemetry collector");
      }
    }
    Check check = new Check(problems);
    check.walk("", written);
    if (!problems.isEmpty()) {
      throw new ConfigProblemsException(problems);
    }
    return new GroupConfigFile(check.canonical, collector, List.copyOf(check.warnings));
  }

  /// Checks keys and values, and gives old keys their new names.
  private static final class Check {
    private final List<String> problems;
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, Object> canonical = new LinkedHashMap<>();

    Check(List<String> problems) {
      this.problems = problems;
    }

    void walk(String path, @Nullable Object node) {
      ConfigKey key = ConfigKey.of(path);
      ConfigKey old = ConfigKey.ofOld(path);
      if (key == null && node instanceof Map<?, ?> map) {
        map.forEach(
            (name, value) -> walk(path.isEmpty() ? name.toString() : path + "." + name, value));
      } else if (key != null) {
        take(key, path, node);
      } else if (old != null && !path.isEmpty()) {
        take(old, path, node);
      } else {
        leave(path, node);
      }
    }

    private void take(ConfigKey key, String path, @Nullable Object node) {
      if (node == null) {
        return; // a key without a value says nothing
      }
      if (key.parse(node) == null) {
        problems.add("%s is %s, but must be %s".formatted(path, Yaml.shown(node), key.accepts()));
      } else {
        Yaml.put(canonical, key.path(), node);
      }
    }

    private void leave(String path, @Nullable Object node) {
      String near = Nearest.of(path, ConfigKey.paths());
      String why = IdleKeys.why(path);
      if (why == null || near != null) {
        problems.add(
            near == null
                ? "there is no key %s: deepflow-ctl agent-group-config example lists all"
                    .formatted(path)
                : "there is no key %s: did you mean %s?".formatted(path, near));
      } else if (node != null) {
        warnings.add("%s has no effect here: it %s".formatted(path, why));
        Yaml.put(canonical, path, node);
      }
    }
  }

  /// What its operator should know although it can be used, one sentence each.
  public List<String> warnings() {
    return warnings;
  }

  /// This one laid over another.
  public GroupConfigFile over(GroupConfigFile below) {
    return new GroupConfigFile(
        Yaml.merge(below.agent, agent), Yaml.merge(below.collector, collector), warnings);
  }

  /// What agents of ours get, as YAML; empty when it says nothing.
  public String agentYaml() {
    return Yaml.write(agent);
  }

  /// What collectors get, as YAML; empty when it says nothing.
  public String collectorYaml() {
    return Yaml.write(collector);
  }

  /// What it says to an agent of ours.
  public GroupConfig config() {
    Map<ConfigKey, Object> values = new EnumMap<>(ConfigKey.class);
    for (ConfigKey key : ConfigKey.values()) {
      Object yaml = Yaml.get(agent, key.path());
      Object value = yaml == null ? null : key.parse(yaml);
      if (value != null) {
        values.put(key, value);
      }
    }
    GroupConfig defaults = GroupConfig.DEFAULT;
    boolean off =
        Boolean.FALSE.equals(values.get(ConfigKey.ENABLED))
            || Boolean.TRUE.equals(values.get(ConfigKey.TRACE_DISABLED));
    return new GroupConfig(
        !off,
        (long) values.getOrDefault(ConfigKey.SPANS_PER_SECOND, defaults.spansPerSecond()),
        (long) values.getOrDefault(ConfigKey.REQUEST_SIZE, defaults.requestBytesMax()),
        (Long) values.get(ConfigKey.THROUGHPUT),
        (Duration) values.getOrDefault(ConfigKey.ASK_INTERVAL, defaults.askInterval()),
        rules(values));
  }

  private static AttributeRules rules(Map<ConfigKey, Object> values) {
    List<AttributeRules.Rule> rules = new ArrayList<>();
    for (ConfigKey key : List.of(ConfigKey.DROP, ConfigKey.MASK)) {
      for (Object rule : (List<?>) Objects.requireNonNullElse(values.get(key), List.of())) {
        rules.add((AttributeRules.Rule) rule);
      }
    }
    return rules.isEmpty() ? AttributeRules.NONE : new AttributeRules(rules);
  }
}
