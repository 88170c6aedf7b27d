package deepflow.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// What a YAML file sets, as text by setting's key.
final class YamlFile {

  private final Path file;
  private final List<String> knownKeys;
  private final List<String> problems;
  private final Map<String, String> values = new HashMap<>();

  private YamlFile(Path file, List<Setting<?>> known, List<String> problems) {
    this.file = file;
    this.knownKeys = known.stream().map(Setting::key).toList();
    this.problems = problems;
  }

  static Map<String, String> read(Path file, List<Setting<?>> known, List<String> problems) {
    YamlFile yaml = new YamlFile(file, known, problems);
    yaml.read();
    return yaml.values;
  }

  private void read() {
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
      flatten("", new Load(settings).loadFromString(Files.readString(file)));
    } catch (NoSuchFileException _) {
      problems.add("configuration file " + file + " does not exist");
    } catch (IOException e) {
      problems.add("configuration file %s can't be read: %s".formatted(file, e));
    } catch (YamlEngineException e) {
      problems.add("configuration file %s is not YAML: %s".formatted(file, e.getMessage()));
    }
  }

  private void flatten(String path, @Nullable Object node) {
    switch (node) {
      case null -> {}
      case Map<?, ?> map -> map.forEach((key, value) -> flatten(join(path, key), value));
      case Collection<?> list -> put(path, commaSeparated(list));
      default -> put(path, node.toString());
    }
  }

  private static String commaSeparated(Collection<?> list) {
    return list.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static String join(String path, @Nullable Object key) {
    return path.isEmpty() ? String.valueOf(key) : path + "." + key;
  }

  private void put(String key, String value) {
    if (!knownKeys.contains(key)) {
      problems.add(Suggestion.unknown("key", key, knownKeys) + " (in " + file + ")");
      return;
    }
    values.put(key, value);
  }
}
