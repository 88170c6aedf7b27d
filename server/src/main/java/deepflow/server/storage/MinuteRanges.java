package deepflow.server.storage;

import java.util.ArrayList;
import java.util.List;

/// Minutes as they are added up, some by each statement. A set of tags of a minute takes the engine
/// some two kilobytes meanwhile, and what an agent kept back, or somebody made up, may be of many
/// minutes.
final class MinuteRanges {
  /// Minutes that are added up at once.
  ///
  /// @param first when the first one begins, s since 1970-01-01 UTC
  /// @param last when the last one begins
  /// @param most rows of the one that has most
  record Range(long first, long last, long most) {

    Range upTo(long minute, long rowsOfMinute) {
      return new Range(first, minute, Math.max(most, rowsOfMinute));
    }
  }

  private final long rowsMax;
  private final List<Range> ranges = new ArrayList<>();

  /// Of the last one.
  private long rows;

  /// @param rowsMax of a range, unless a single minute has more
  MinuteRanges(long rowsMax) {
    this.rowsMax = rowsMax;
  }

  /// Adds the next minute, later than all before.
  ///
  /// @param minute when it begins
  void add(long minute, long rowsOfMinute) {
    rows += rowsOfMinute;
    if (ranges.isEmpty() || rows > rowsMax) {
      ranges.add(new Range(minute, minute, rowsOfMinute));
      rows = rowsOfMinute;
    } else {
      ranges.set(ranges.size() - 1, ranges.getLast().upTo(minute, rowsOfMinute));
    }
  }

  /// All so far, the earliest first.
  List<Range> ranges() {
    return ranges;
  }
}
