package deepflow.clickhouse;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Counts what native code holds for us and we must give back. A test that ends with anything open
/// has found a leak.
final class NativeHandles {

  /// What can be open.
  enum Kind {
    ARENA,
    /// That a statement has.
    CONNECTION,
    /// That waits for the next statement.
    KEPT_CONNECTION,
    RESULT,
    INSERT
  }

  private static final Map<Kind, AtomicLong> OPEN = new EnumMap<>(Kind.class);

  static {
    for (Kind kind : Kind.values()) {
      OPEN.put(kind, new AtomicLong());
    }
  }

  private NativeHandles() {}

  static void opened(Kind kind) {
    counter(kind).incrementAndGet();
  }

  static void closed(Kind kind) {
    long left = counter(kind).decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("closed twice: " + kind);
    }
  }

  /// What was of one kind is of another now.
  static void changed(Kind from, Kind to) {
    closed(from);
    opened(to);
  }

  static long open(Kind kind) {
    return counter(kind).get();
  }

  private static AtomicLong counter(Kind kind) {
    return java.util.Objects.requireNonNull(OPEN.get(kind));
  }
}
