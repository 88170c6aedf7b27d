package deepflow.settings;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What the process's environment sets.
///
/// @param values text by setting's key
record EnvironmentVariables(Map<String, String> values) {

  private static final String PREFIX = "DEEPFLOW_";

  /// Kubernetes puts `DEEPFLOW_AGENT_PORT=tcp://10.96.0.7:80` into every pod beside a Service named
  /// deepflow-agent ("service links"). That is nobody's setting.
  private static final Pattern SERVICE_LINK = Pattern.compile("(tcp|udp|sctp)://.+:\\d+");

  static EnvironmentVariables parse(
      List<Setting<?>> known, Map<String, String> environment, List<String> problems) {
    List<String> names = known.stream().map(Setting::environment).toList();
    Map<String, String> given = new TreeMap<>(environment);
    given.values().removeIf(value -> SERVICE_LINK.matcher(value).matches());
    Map<String, String> values = new HashMap<>();
    for (Setting<?> setting : known) {
      String value = given.get(setting.environment());
      if (value != null) {
        values.put(setting.key(), value);
      }
    }
    given.keySet().stream()
        .filter(name -> name.startsWith(PREFIX) && !names.contains(name))
        .forEach(name -> misspelt(name, names).ifPresent(problems::add));
    return new EnvironmentVariables(values);
  }

  /// Only a variable that is nearly one of ours is a problem: others belong to other programs.
  private static Optional<String> misspelt(String name, List<String> names) {
    return Suggestion.variable(name, names)
        .map(near -> "unknown environment variable %s: did you mean %s?".formatted(name, near));
  }
}
