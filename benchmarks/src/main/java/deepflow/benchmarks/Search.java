package deepflow.benchmarks;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A search for the traces that have a span with all of this, the newest 20 of them.
///
/// @param service its service; null for any
/// @param longerThanMicros 0 for any duration
/// @param attributes and their values
/// @param isThere whether there is such a span
record Search(
    @Nullable String service,
    long longerThanMicros,
    Map<String, String> attributes,
    boolean isThere) {
  static final int LIMIT = 20;
}
