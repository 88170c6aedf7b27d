package deepflow.server.semconv;

import deepflow.server.semconv.RenameFile.Rename;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/// Which attributes say the same as a name, by the files `renames` (made from the conventions) and
/// `renames.judged` (kept by hand) beside this class.
///
/// A name is read by itself first, then by what it became, newest first, then by what became it.
/// What else became the same (a sibling, such as `db.cassandra.table` of `db.mongodb.collection`)
/// is another thing.
public final class Renames {

  private static final String ANY_KEY = ".*";
  private static final Renames KNOWN = new Renames(RenameFile.all());

  private final List<Rename> renames;

  /// Readings by name; of a family of names by what they begin with.
  private final Map<String, List<Reading>> byName = new LinkedHashMap<>();

  private final Map<String, List<Reading>> byPrefix = new LinkedHashMap<>();

  private Renames(List<Rename> renames) {
    this.renames = renames;
    Set<String> names = new LinkedHashSet<>();
    renames.forEach(rename -> {
      names.add(rename.from());
      names.add(rename.to());
    });
    for (String name : names) {
      List<Reading> readings = allOf(name);
      if (name.endsWith(ANY_KEY)) {
        byPrefix.put(name.substring(0, name.length() - 1), readings);
      } else {
        byName.put(name, readings);
      }
    }
  }

  /// Every way to read a name, the attribute of that name first.
  public static List<Reading> of(String name) {
    List<Reading> readings = KNOWN.byName.get(name);
    return readings != null ? readings : KNOWN.ofPrefix(name);
  }

  /// The ways to read a name by what became it, the nearest first.
  public static List<Reading> older(String name) {
    return KNOWN.follow(name, false);
  }

  /// The keys of [#of(String)], each once.
  public static List<String> keys(String name) {
    return of(name).stream().map(Reading::key).distinct().toList();
  }

  /// The keys that are the same as a name in every span, with the same values, newest first.
  public static List<String> plainKeys(String name) {
    return of(name).stream().filter(Reading::isPlain).map(Reading::key).distinct().toList();
  }

  private List<Reading> ofPrefix(String name) {
    for (Map.Entry<String, List<Reading>> entry : byPrefix.entrySet()) {
      String prefix = entry.getKey();
      if (name.startsWith(prefix) && name.length() > prefix.length()) {
        String rest = name.substring(prefix.length());
        return entry.getValue().stream().map(reading -> completed(reading, rest)).toList();
      }
    }
    return List.of(Reading.own(name));
  }

  private static Reading completed(Reading reading, String rest) {
    String prefix = reading.key().substring(0, reading.key().length() - 1);
    return new Reading(prefix + rest, reading.kinds(), reading.conversion());
  }

  private List<Reading> allOf(String name) {
    Set<Reading> all = new LinkedHashSet<>();
    all.add(Reading.own(name));
    newestFirst(follow(name, true)).forEach(all::addAll);
    all.addAll(follow(name, false));
    return List.copyOf(all);
  }

  /// The readings of each key, which keep their order.
  private static Collection<List<Reading>> newestFirst(List<Reading> nearestFirst) {
    SequencedMap<String, List<Reading>> byKey = new LinkedHashMap<>();
    nearestFirst.forEach(
        reading -> byKey.computeIfAbsent(reading.key(), _ -> new ArrayList<>()).add(reading));
    return byKey.sequencedValues().reversed();
  }

  /// What a name became, or what became it, nearest first.
  private List<Reading> follow(String name, boolean newer) {
    List<Reading> found = new ArrayList<>();
    Set<String> seen = new LinkedHashSet<>();
    found.add(Reading.own(name));
    for (int i = 0; i < found.size(); i++) {
      Reading reached = found.get(i);
      if (seen.add(reached.key())) {
        for (Rename rename : renames) {
          steps(rename, reached.key(), newer)
              .flatMap(reading -> reached.then(reading).stream())
              .forEach(found::add);
        }
      }
    }
    return found.subList(1, found.size());
  }

  /// How the name `at` can be read by the other name of a rename.
  private static Stream<Reading> steps(Rename rename, String at, boolean newer) {
    if (!at.equals(newer ? rename.from() : rename.to())) {
      return Stream.empty();
    }
    return newer
        ? rename.backward().stream().map(back -> new Reading(rename.to(), rename.kinds(), back))
        : rename.forward().stream().map(there -> new Reading(rename.from(), rename.kinds(), there));
  }
}
