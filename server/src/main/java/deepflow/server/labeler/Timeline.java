package deepflow.server.labeler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Who held a key when: an address goes from one pod to the next. Times are ns since 1970-01-01
/// UTC; a holder holds from its first time up to, not including, its last.
final class Timeline<K, V> {

  /// A stretch of time.
  ///
  /// @param value null: nobody held the key
  /// @param certain whether it ended then, and not some time before
  /// @param early since when, if nobody else held the key then: what is known may be heard of late
  record Held<V>(@Nullable V value, long from, long until, boolean certain, long early) {
    Held(@Nullable V value, long from, long until, boolean certain) {
      this(value, from, until, certain, from);
    }

    static <V> Held<V> nobody(long from, long until) {
      return new Held<>(null, from, until, true);
    }

    /// What was at that time: this, or nobody before or after it.
    Held<V> at(long time) {
      if (time < from) {
        return nobody(Long.MIN_VALUE, from);
      }
      return time < until ? this : nobody(until, Long.MAX_VALUE);
    }
  }

  private static final Held<?> NEVER = Held.nobody(Long.MIN_VALUE, Long.MAX_VALUE);

  private final Map<K, List<Held<V>>> stretches = new HashMap<>();

  /// @param until [Long#MAX_VALUE] for one that holds it still
  /// @param certain whether it ended then, and not some time before
  void add(K key, V value, long from, long until, boolean certain) {
    add(key, value, from, until, certain, from);
  }

  /// @param until [Long#MAX_VALUE] for one that holds it still
  /// @param certain whether it ended then, and not some time before
  /// @param early since when, if nobody else held the key then
  void add(K key, V value, long from, long until, boolean certain, long early) {
    stretches
        .computeIfAbsent(key, _ -> new ArrayList<>(1))
        .add(new Held<>(value, from, Math.max(from, until), certain, early));
  }

  /// Puts the stretches in order, so that no two overlap: of two that do, the later one began when
  /// the earlier one ended, if that is certain; else the earlier one ended when the later one
  /// began. Who holds the key still is the last, whenever it came to be: a pod may be there long
  /// before it gets its address.
  Timeline<K, V> ordered() {
    for (List<Held<V>> list : stretches.values()) {
      if (list.size() > 1) {
        list.sort(
            Comparator.<Held<V>, Boolean>comparing(held -> held.until == Long.MAX_VALUE)
                .thenComparingLong(Held::from)
                .thenComparingLong(Held::until));
        for (int i = 0; i + 1 < list.size(); i++) {
          separate(list, i);
        }
      }
      list.replaceAll(new Earliest<>());
    }
    return this;
  }

  /// Gives a stretch what nobody had before it.
  private static final class Earliest<V> implements UnaryOperator<Held<V>> {
    private long taken = Long.MIN_VALUE;

    @Override
    public Held<V> apply(Held<V> held) {
      if (held.from >= held.until) {
        return held;
      }
      long from = Math.max(held.early, Math.min(taken, held.from));
      taken = held.until;
      return from == held.from ? held : new Held<>(held.value, from, held.until, held.certain);
    }
  }

  private void separate(List<Held<V>> list, int index) {
    Held<V> earlier = list.get(index);
    Held<V> later = list.get(index + 1);
    if (earlier.until <= later.from) {
      return;
    }
    if (earlier.certain || later.from < earlier.from) {
      long until = Math.max(earlier.until, later.until);
      list.set(index + 1, new Held<>(later.value, earlier.until, until, later.certain));
    } else {
      list.set(index, new Held<>(earlier.value, earlier.from, later.from, true, earlier.early));
    }
  }

  /// Who held it at that time, or how long nobody did.
  Held<V> at(K key, long time) {
    List<Held<V>> list = stretches.get(key);
    long gapFrom = Long.MIN_VALUE;
    if (list != null) {
      for (Held<V> held : list) {
        if (time < held.from) {
          return Held.nobody(gapFrom, held.from);
        }
        if (time < held.until) {
          return held;
        }
        gapFrom = held.until;
      }
    }
    return list == null ? never() : Held.nobody(gapFrom, Long.MAX_VALUE);
  }

  /// The same; where nobody held it, who did before, or who was the first.
  Held<V> near(K key, long time) {
    List<Held<V>> list = stretches.get(key);
    if (list == null) {
      return never();
    }
    int last = 0;
    while (last + 1 < list.size() && list.get(last + 1).from <= time) {
      last++;
    }
    long from = last == 0 ? Long.MIN_VALUE : list.get(last).from;
    long until = last + 1 == list.size() ? Long.MAX_VALUE : list.get(last + 1).from;
    return new Held<>(list.get(last).value, from, until, true);
  }

  @SuppressWarnings("unchecked") // has no value
  private static <V> Held<V> never() {
    return (Held<V>) NEVER;
  }
}
