package deepflow.server.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/// Minutes that are added up by one statement. Each set of tags of each minute takes the engine
/// some two kilobytes meanwhile, and what an agent kept back, or a test made up, may be of many
/// minutes.
///
/// @param first when the first one begins, s since 1970-01-01 UTC
/// @param last when the last one begins
record MinuteRange(long first, long last) {
  /// Ranges that have so many rows at most, unless a single minute has more.
  ///
  /// @param rowsOfMinutes by when the minute begins
  static List<MinuteRange> split(SortedMap<Long, Long> rowsOfMinutes, long rowsMax) {
    var ranges = new ArrayList<MinuteRange>();
    long rows = 0;
    for (Map.Entry<Long, Long> minute : rowsOfMinutes.entrySet()) {
      rows += minute.getValue();
      if (ranges.isEmpty() || rows > rowsMax) {
        ranges.add(new MinuteRange(minute.getKey(), minute.getKey()));
        rows = minute.getValue();
      } else {
        ranges.set(ranges.size() - 1, new MinuteRange(ranges.getLast().first, minute.getKey()));
      }
    }
    return ranges;
  }
}
