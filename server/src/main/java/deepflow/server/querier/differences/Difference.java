package deepflow.server.querier.differences;

import java.util.List;

/// What sets traces apart.
///
/// @param selected how many traces were asked for, after sampling
/// @param others how many they were compared with
/// @param attributes the most telling first
/// @param operations the largest differences first
/// @param truncated whether the traces had more spans, attributes or operations than were looked at
record Difference(
    int selected,
    int others,
    List<AttributeShare> attributes,
    List<OperationCost> operations,
    boolean truncated) {

  /// An attribute and in how many traces of each side a span has it.
  record AttributeShare(Attribute attribute, int selected, int others) {}

  /// What a trace of each side has of an operation, on average.
  ///
  /// @param selectedSelfNanos time in which no child of the span was at work
  record OperationCost(
      Operation operation,
      double selectedCalls,
      double othersCalls,
      long selectedSelfNanos,
      long othersSelfNanos) {}
}
