package deepflow.server.querier.search;

import deepflow.server.semconv.Conversion;
import deepflow.server.semconv.Reading;
import deepflow.server.semconv.Renames;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// As which texts spans may hold a value. A number is written in the store as Java writes it, so it
/// has few of them.
final class StoredTexts {

  /// Under any of a key's names.
  ///
  /// @param value not nil
  /// @return empty when they can't be told
  static Set<String> of(String key, Value value) {
    Set<String> texts = new LinkedHashSet<>();
    for (Reading reading : Renames.of(key)) {
      if (!canBeTold(reading.conversion())) {
        return Set.of();
      }
      texts.addAll(of(reading.conversion(), value));
    }
    return texts;
  }

  /// Whether the texts are known from which a conversion makes a given value.
  static boolean canBeTold(Conversion conversion) {
    return switch (conversion) {
      case Conversion.Same _, Conversion.Text _, Conversion.Whole _, Conversion.Values _ -> true;
      case Conversion.Part _, Conversion.Joined _, Conversion.Host _, Conversion.Port _ -> false;
    };
  }

  /// The texts from which a conversion makes the value.
  static List<String> of(Conversion conversion, Value value) {
    List<String> texts = new ArrayList<>(of(value));
    if (conversion instanceof Conversion.Values(Map<String, String> table, _)) {
      List<String> wanted = List.copyOf(texts);
      table.entrySet().stream()
          .filter(pair -> wanted.contains(pair.getValue()))
          .map(Map.Entry::getKey)
          .sorted()
          .forEach(texts::add);
    }
    return texts;
  }

  private static List<String> of(Value value) {
    return switch (value) {
      case Value.Text text -> List.of(text.text());
      case Value.Written text -> List.of(text.text());
      case Value.Truth truth -> List.of(Boolean.toString(truth.truth()));
      case Value.Whole whole -> of(whole.number());
      case Value.Nanos nanos -> of(nanos.nanos());
      case Value.Real real -> of(real.number());
      case Value.Nil _, Value.Status _, Value.Kind _ -> List.of();
    };
  }

  private static List<String> of(long number) {
    List<String> texts = new ArrayList<>(List.of(Long.toString(number)));
    texts.add(Double.toString((double) number));
    if (number == 0) {
      texts.add("-0.0");
    }
    return texts;
  }

  private static List<String> of(double number) {
    boolean whole = number == Math.rint(number) && Math.abs(number) < 0x1p63;
    return whole ? of((long) number) : List.of(Double.toString(number));
  }

  private StoredTexts() {}
}
