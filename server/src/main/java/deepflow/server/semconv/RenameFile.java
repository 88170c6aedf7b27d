package deepflow.server.semconv;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/// Reads the files of renames; each says at its top what a line of it is.
final class RenameFile {

  /// An old name and a new one.
  ///
  /// @param forward makes the new name's value of the old one's; none when nothing can
  /// @param backward the other way, once for each old value that became the same new one
  record Rename(
      String from, String to, Kinds kinds, List<Conversion> forward, List<Conversion> backward) {}

  /// @param integers whether the old values are integers
  private record Table(Map<String, String> values, boolean integers) {

    /// The first has for each new value its first old one, the next its next one: its last again
    /// where it has no more.
    List<Conversion> inverses() {
      Map<String, List<String>> olds = new LinkedHashMap<>();
      values.forEach((old, now) -> olds.computeIfAbsent(now, _ -> new ArrayList<>()).add(old));
      int most = olds.values().stream().mapToInt(List::size).max().orElse(0);
      return IntStream.range(0, most).mapToObj(rank -> inverse(olds, rank)).toList();
    }

    private Conversion inverse(Map<String, List<String>> olds, int rank) {
      Map<String, String> inverse = new LinkedHashMap<>();
      olds.forEach((now, all) -> inverse.put(now, all.get(Math.min(rank, all.size() - 1))));
      return new Conversion.Values(inverse, integers);
    }
  }

  private final Map<String, Table> tables = new LinkedHashMap<>();

  private RenameFile() {}

  /// Every rename.
  static List<Rename> all() {
    RenameFile file = new RenameFile();
    List<Rename> renames = new ArrayList<>();
    List<String> judged = DataLines.of(RenameFile.class, "renames.judged");
    int tablesBegin = (int) judged.stream().takeWhile(line -> !line.startsWith("[")).count();
    file.readTables(judged.subList(tablesBegin, judged.size()));
    judged.subList(0, tablesBegin).forEach(line -> renames.add(file.judged(line)));
    DataLines.of(RenameFile.class, "renames").forEach(line -> renames.add(plain(line)));
    return renames;
  }

  private static Rename plain(String line) {
    List<Conversion> same = List.of(Conversion.Same.SAME);
    List<String> fields = DataLines.fields(line);
    return new Rename(fields.get(0), fields.get(1), Kinds.ANY, same, same);
  }

  private Rename judged(String line) {
    List<String> fields = DataLines.fields(line);
    return new Rename(
        fields.get(0),
        fields.get(1),
        Kinds.of(fields.get(2)),
        conversions(fields.get(3)),
        conversions(fields.get(4)));
  }

  private List<Conversion> conversions(String text) {
    List<String> words = List.of(text.split(" ", -1));
    String argument = words.size() > 1 ? words.get(1) : "";
    return switch (words.getFirst()) {
      case "-" -> List.of();
      case "same" -> List.of(Conversion.Same.SAME);
      case "text" -> List.of(Conversion.Text.TEXT);
      case "number" -> List.of(Conversion.Whole.WHOLE);
      case "host" -> List.of(Conversion.Host.HOST);
      case "port" -> List.of(Conversion.Port.PORT);
      case "values" -> List.of(new Conversion.Values(table(argument).values, false));
      case "inverse" -> table(argument).inverses();
      case "with_before" -> List.of(new Conversion.Joined(argument, words.get(2), true));
      case "with_after" -> List.of(new Conversion.Joined(argument, words.get(2), false));
      default ->
          List.of(
              new Conversion.Part(
                  argument,
                  Conversion.Part.Place.valueOf(words.getFirst().toUpperCase(Locale.ROOT))));
    };
  }

  private Table table(String name) {
    return Objects.requireNonNull(tables.get(name), name);
  }

  private void readTables(List<String> lines) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : lines) {
      if (line.startsWith("[")) {
        List<String> heading = DataLines.fields(line.substring(1, line.length() - 1));
        values = new LinkedHashMap<>();
        tables.put(heading.get(0), new Table(values, heading.get(1).equals("int")));
      } else {
        int sign = line.indexOf('=');
        values.put(line.substring(0, sign), line.substring(sign + 1));
      }
    }
  }
}
