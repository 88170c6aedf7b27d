package deepflow.server.semconv;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Reads the files of renames; each says at its top what a line of it is.
final class RenameFile {

  /// An old name and a new one.
  ///
  /// @param forward makes the new name's value of the old one's; empty when nothing can
  /// @param backward the other way
  record Rename(
      String from,
      String to,
      Kinds kinds,
      Optional<Conversion> forward,
      Optional<Conversion> backward) {}

  /// @param integers whether the old values are integers
  private record Table(Map<String, String> values, boolean integers) {

    Map<String, String> inverse() {
      Map<String, String> inverse = new LinkedHashMap<>();
      values.forEach((old, now) -> inverse.putIfAbsent(now, old));
      return inverse;
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
    Optional<Conversion> same = Optional.of(Conversion.Same.SAME);
    List<String> fields = DataLines.fields(line);
    return new Rename(fields.get(0), fields.get(1), Kinds.ANY, same, same);
  }

  private Rename judged(String line) {
    List<String> fields = DataLines.fields(line);
    return new Rename(
        fields.get(0),
        fields.get(1),
        Kinds.of(fields.get(2)),
        conversion(fields.get(3)),
        conversion(fields.get(4)));
  }

  private Optional<Conversion> conversion(String text) {
    List<String> words = List.of(text.split(" ", -1));
    String argument = words.size() > 1 ? words.get(1) : "";
    return switch (words.getFirst()) {
      case "-" -> Optional.empty();
      case "same" -> Optional.of(Conversion.Same.SAME);
      case "text" -> Optional.of(Conversion.Text.TEXT);
      case "number" -> Optional.of(Conversion.Whole.WHOLE);
      case "host" -> Optional.of(Conversion.Host.HOST);
      case "port" -> Optional.of(Conversion.Port.PORT);
      case "values" -> Optional.of(new Conversion.Values(table(argument).values, false));
      case "inverse" ->
          Optional.of(new Conversion.Values(table(argument).inverse(), table(argument).integers));
      case "with_before" -> Optional.of(new Conversion.Joined(argument, words.get(2), true));
      case "with_after" -> Optional.of(new Conversion.Joined(argument, words.get(2), false));
      default ->
          Optional.of(
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
