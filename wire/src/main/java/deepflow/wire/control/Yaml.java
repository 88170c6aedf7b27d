package deepflow.wire.control;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// YAML as maps in maps.
final class Yaml {
  /// Aliases multiply when they are followed; so few can't do harm.
  private static final int ALIASES_MAX = 16;

  /// Deeper than any configuration; what walks over one may call itself for each level.
  private static final int DEPTH_MAX = 100;

  private static final int SHOWN_MAX = 60;

  private Yaml() {}

  /// A tree: without an end that leads back to its beginning, and with a key for each value.
  ///
  /// @throws ConfigProblemsException when it is too long, no YAML, no map or no such tree
  static Map<String, Object> read(String yaml) throws ConfigProblemsException {
    if (yaml.length() > GroupConfigFile.TEXT_MAX) {
      throw problem(
          "the configuration has %s characters; %s are allowed"
              .formatted(yaml.length(), GroupConfigFile.TEXT_MAX));
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel("configuration")
            .setMaxAliasesForCollections(ALIASES_MAX)
            .build();
    try {
      Object root = new Load(settings).loadFromString(yaml);
      if (root == null) {
        return new LinkedHashMap<>();
      }
      requireTree(root, 0);
      if (root instanceof Map<?, ?> map) {
        return textKeys(map);
      }
      throw problem("the configuration must be a map of keys, but is %s".formatted(shown(root)));
    } catch (YamlEngineException e) {
      throw problem("the configuration is not YAML: %s".formatted(e.getMessage()));
    } catch (StackOverflowError _) {
      throw problem("the configuration is nested too deeply");
    }
  }

  /// What leads back to its beginning is as deep as one likes.
  private static void requireTree(@Nullable Object node, int depth) throws ConfigProblemsException {
    if (depth > DEPTH_MAX) {
      throw problem(
          "the configuration is nested too deeply: more than %s levels, or an alias within its own anchor"
              .formatted(DEPTH_MAX));
    }
    if (node instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (entry.getKey() == null) {
          throw problem(
              "the configuration has a value without a key: %s".formatted(shown(entry.getValue())));
        }
        requireTree(entry.getValue(), depth + 1);
      }
    } else if (node instanceof List<?> list) {
      for (Object element : list) {
        requireTree(element, depth + 1);
      }
    }
  }

  private static ConfigProblemsException problem(String sentence) {
    return new ConfigProblemsException(List.of(sentence));
  }

  static Map<String, Object> textKeys(Map<?, ?> map) {
    Map<String, Object> texts = new LinkedHashMap<>();
    map.forEach((key, value) -> putNullable(texts, String.valueOf(key), value));
    return texts;
  }

  /// A key without a value means something to a collector: its defaults.
  @SuppressWarnings("NullAway") // a LinkedHashMap takes null; it is passed through as it came
  private static void putNullable(Map<String, Object> map, String key, @Nullable Object value) {
    map.put(key, value);
  }

  /// A map with what both say; where they differ, the upper one counts.
  static Map<String, Object> merge(Map<String, Object> below, Map<String, Object> above) {
    Map<String, Object> merged = new LinkedHashMap<>(below);
    above.forEach((key, value) -> {
      Object old = merged.get(key);
      putNullable(
          merged,
          key,
          old instanceof Map<?, ?> oldMap && value instanceof Map<?, ?> map
              ? merge(textKeys(oldMap), textKeys(map))
              : value);
    });
    return merged;
  }

  /// Puts a value where a path with dots leads; maps on the way are made.
  static void put(Map<String, Object> root, String path, Object value) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      root.put(path, value);
      return;
    }
    String key = path.substring(0, dot);
    Object old = root.get(key);
    Map<String, Object> inner =
        old instanceof Map<?, ?> map ? textKeys(map) : new LinkedHashMap<>();
    put(inner, path.substring(dot + 1), value);
    root.put(key, inner);
  }

  /// What stands where a path with dots leads.
  static @Nullable Object get(Map<String, Object> root, String path) {
    Object node = root;
    for (String key : path.split("\\.", -1)) {
      node = node instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return node;
  }

  /// Empty for an empty map.
  static String write(Map<String, Object> map) {
    if (map.isEmpty()) {
      return "";
    }
    DumpSettings settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setDereferenceAliases(true)
            .build();
    return new Dump(settings).dumpToString(map);
  }

  /// A value in a sentence.
  static String shown(@Nullable Object value) {
    String text = "'" + value + "'";
    return text.length() > SHOWN_MAX ? text.substring(0, SHOWN_MAX) + "…'" : text;
  }
}
