package deepflow.server.storage;

import java.util.ArrayList;
import java.util.List;

/// Minutes, seconds or block numbers as they are worked on, some by each statement. A set of tags
/// of a minute takes the engine some two kilobytes while minutes are added up, and what an agent
/// kept back, or somebody made up, may be of many minutes.
final class TimeRanges {
  /// What is worked on at once.
  ///
  /// @param first when the first minute or second begins, s since 1970-01-01 UTC
  /// @param last when the last one begins
  /// @param most rows of the one that has most
  record Range(long first, long last, long most) {

    Range upTo(long time, long rowsThen) {
      return new Range(first, time, Math.max(most, rowsThen));
    }
  }

  private final long rowsMax;
  private final List<Range> ranges = new ArrayList<>();

  /// Of the last one.
  private long rows;

  /// @param rowsMax of a range, unless a single minute or second has more
  TimeRanges(long rowsMax) {
    this.rowsMax = rowsMax;
  }

  /// Adds the next one, later than all before.
  ///
  /// @param time when it begins
  void add(long time, long rowsThen) {
    rows += rowsThen;
    if (ranges.isEmpty() || rows > rowsMax) {
      ranges.add(new Range(time, time, rowsThen));
      rows = rowsThen;
    } else {
      ranges.set(ranges.size() - 1, ranges.getLast().upTo(time, rowsThen));
    }
  }

  /// All so far, the earliest first.
  List<Range> ranges() {
    return ranges;
  }
}
