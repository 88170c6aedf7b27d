package deepflow.server.ingester;

import deepflow.server.ingester.decode.LabelId;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labels;
import deepflow.server.labeler.Side;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Labels that spans have, to be asked for again: what is said of a pod may change when it sends
/// nothing any more, and its spans are to say so too. The last ones that were given are known, up
/// to a number. Safe for use by many threads.
final class ChangedLabels {
  static final int GIVEN_MAX = 10_000;

  /// @param identity whose they are: a pod of the same name may be another one
  /// @param content what they say
  private record Given(long identity, long content, Function<LabelSnapshot, Side> ask) {
    Given changed(Labels labels) {
      return new Given(identity, LabelId.ofContent(labels), ask);
    }

    boolean isChangedBy(Side side) {
      return side.found()
          && side.open() == null
          && LabelId.ofContent(side.labels()) != content
          && LabelId.of(side.labels(), "") == identity;
    }
  }

  /// By the label's id, the one that was given last at the end.
  private final LinkedHashMap<Long, Given> all = new LinkedHashMap<>();

  /// A label was given to a span.
  ///
  /// @param identity [LabelId#of] the answer, with nothing open
  /// @param content [LabelId#ofContent] likewise
  synchronized void given(
      long labelId, long identity, long content, Function<LabelSnapshot, Side> ask) {
    all.remove(labelId);
    all.put(labelId, new Given(identity, content, ask));
    if (all.size() > GIVEN_MAX) {
      all.pollFirstEntry();
    }
  }

  /// What a snapshot says of those of which it says something else.
  Map<Long, Labels> changed(LabelSnapshot newest) {
    Map<Long, Labels> changed = new LinkedHashMap<>();
    for (Map.Entry<Long, Given> label : copy()) {
      Side side = label.getValue().ask.apply(newest);
      if (label.getValue().isChangedBy(side)) {
        changed.put(label.getKey(), side.labels());
      }
    }
    return changed;
  }

  private synchronized List<Map.Entry<Long, Given>> copy() {
    return new ArrayList<>(all.entrySet());
  }

  /// Spans say so now.
  synchronized void changed(Map<Long, Labels> labels) {
    labels.forEach((id, now) -> all.computeIfPresent(id, (_, given) -> given.changed(now)));
  }
}
