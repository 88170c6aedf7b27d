package deepflow.server.ingester.decode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What the values of an attribute became when its name changed. Asking makes no object.
final class NewValues {
  private static final int SAME = -1;

  private final NamedCodes places;
  private final byte[][] values;

  private NewValues(NamedCodes places, byte[][] values) {
    this.places = places;
    this.values = values;
  }

  /// @param table from old values to new ones; others stay as they are
  static NewValues by(Map<String, String> table) {
    List<Object> pairs = new ArrayList<>();
    List<byte[]> values = new ArrayList<>();
    table.forEach((old, now) -> {
      pairs.add(old.toLowerCase(Locale.ROOT));
      pairs.add(values.size());
      values.add(now.getBytes(StandardCharsets.UTF_8));
    });
    return new NewValues(NamedCodes.of(pairs.toArray()), values.toArray(byte[][]::new));
  }

  /// Makes the new value of an old one.
  Text of(Text old) {
    int place = places.get(old.bytes, old.offset, old.length, SAME);
    return place == SAME ? old : old.set(values[place], 0, values[place].length);
  }
}
