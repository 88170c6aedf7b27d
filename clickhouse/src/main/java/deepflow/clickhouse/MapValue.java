package deepflow.clickhouse;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A value of ClickHouse's `Map`: pairs in their order, keys may repeat.
///
/// @param keys as many as values
/// @param values the value of the key at the same place
public record MapValue(List<@Nullable Object> keys, List<@Nullable Object> values) {

  /// Refuses lists of different lengths. Written out in full: the short form loses the annotations
  /// of its parameters in the class file.
  public MapValue(List<@Nullable Object> keys, List<@Nullable Object> values) {
    if (keys.size() != values.size()) {
      throw new IllegalArgumentException(keys.size() + " keys, " + values.size() + " values");
    }
    this.keys = keys;
    this.values = values;
  }

  /// Number of pairs.
  public int size() {
    return keys.size();
  }

  /// The pairs in their order; of repeated keys the last one counts.
  public Map<@Nullable Object, @Nullable Object> toMap() {
    var map = new LinkedHashMap<@Nullable Object, @Nullable Object>();
    for (int i = 0; i < keys.size(); i++) {
      map.put(keys.get(i), values.get(i));
    }
    return map;
  }
}
