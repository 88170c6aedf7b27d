package deepflow.server.querier.flowtracing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The spans of a trace as trees, by DeepFlow's rules for spans of applications. A span is known by
/// its index; indices follow the starts, so children are sorted. Takes n log n time and no stack,
/// however deep the trace is.
///
/// - A span stands below the span that its parent_span_id names. Where several have that id, it is
///   the one of its own process, else one that serves, else the first.
/// - A span that has its id from a client stands below that client, as Zipkin's servers do.
/// - A span whose parent is not there is a root, and so is the first span of a ring of parents.
final class SpanTree {

  /// Parent of a root.
  static final int NONE = -1;

  /// Why a span stands where it stands.
  enum Mount {
    PARENT("parent_span_id names the span above"),
    SHARED("has the same span_id as the client above"),
    ROOT("a root: it has no parent_span_id"),
    ORPHAN("a root: the span that parent_span_id names is not in the trace"),
    CYCLE("a root: its parents form a cycle, which is broken at its first span");

    private final String reason;

    Mount(String reason) {
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  private final List<TreeSpan> spans;
  private final int[] parents;
  private final Mount[] mounts;
  private final List<List<Integer>> children = new ArrayList<>();

  private SpanTree(List<TreeSpan> spans) {
    this.spans = spans;
    this.parents = new int[spans.size()];
    this.mounts = new Mount[spans.size()];
  }

  /// Builds it.
  ///
  /// @param spans in the order of their starts
  static SpanTree of(List<TreeSpan> spans) {
    SpanTree tree = new SpanTree(spans);
    tree.mount();
    tree.breakCycles();
    tree.collectChildren();
    return tree;
  }

  /// Index of the span above, or [#NONE].
  int parent(int span) {
    return parents[span];
  }

  Mount mount(int span) {
    return mounts[span];
  }

  List<Integer> children(int span) {
    return children.get(span);
  }

  /// The spans that share an id.
  ///
  /// @param client the first that asks another, or [#NONE]
  /// @param server the first that doesn't, else the first
  /// @param byProcess of each process the first that serves, else the first
  private record Named(int client, int server, Map<List<String>, Integer> byProcess) {
    int parentOf(TreeSpan child) {
      return byProcess.getOrDefault(child.process(), server);
    }
  }

  private void mount() {
    Map<String, Named> named = named();
    for (int i = 0; i < spans.size(); i++) {
      TreeSpan span = spans.get(i);
      Named own = named.get(span.spanId());
      Named above = named.get(span.parentSpanId());
      if (own != null && own.client != NONE && !span.client()) {
        set(i, own.client, Mount.SHARED);
      } else if (span.parentSpanId().isEmpty()) {
        set(i, NONE, Mount.ROOT);
      } else if (above == null) {
        set(i, NONE, Mount.ORPHAN);
      } else {
        set(i, above.parentOf(span), Mount.PARENT);
      }
    }
  }

  private Map<String, Named> named() {
    Map<String, List<Integer>> byId = new HashMap<>();
    for (int i = 0; i < spans.size(); i++) {
      String id = spans.get(i).spanId();
      if (!id.isEmpty()) {
        byId.computeIfAbsent(id, _ -> new ArrayList<>(1)).add(i);
      }
    }
    Map<String, Named> named = new HashMap<>();
    byId.forEach((id, same) -> named.put(id, named(same)));
    return named;
  }

  private Named named(List<Integer> same) {
    int client = first(same, true);
    int server = first(same, false);
    Map<List<String>, Integer> byProcess = new HashMap<>();
    for (int i : same) {
      byProcess.merge(
          spans.get(i).process(),
          i,
          (known, other) ->
              spans.get(known).client() && !spans.get(other).client() ? other : known);
    }
    return new Named(client, server == NONE ? same.getFirst() : server, byProcess);
  }

  private int first(List<Integer> same, boolean client) {
    for (int i : same) {
      if (spans.get(i).client() == client) {
        return i;
      }
    }
    return NONE;
  }

  private void set(int span, int parent, Mount mount) {
    parents[span] = parent;
    mounts[span] = mount;
  }

  /// Walks up from each span, once over each: a walk that meets itself has found a cycle.
  private void breakCycles() {
    int[] walkOf = new int[spans.size()]; // 0: nobody walked there
    for (int start = 0; start < spans.size(); start++) {
      int at = start;
      while (at != NONE && walkOf[at] == 0) {
        walkOf[at] = start + 1;
        at = parents[at];
      }
      if (at != NONE && walkOf[at] == start + 1) {
        set(firstOfCycle(at), NONE, Mount.CYCLE);
      }
    }
  }

  private int firstOfCycle(int member) {
    int first = member;
    for (int at = parents[member]; at != member; at = parents[at]) {
      first = Math.min(first, at);
    }
    return first;
  }

  private void collectChildren() {
    for (int i = 0; i < spans.size(); i++) {
      children.add(List.of());
    }
    for (int i = 0; i < spans.size(); i++) {
      if (parents[i] != NONE) {
        if (children.get(parents[i]).isEmpty()) {
          children.set(parents[i], new ArrayList<>(2));
        }
        children.get(parents[i]).add(i);
      }
    }
  }

  /// The time in which a span waited for none of its children: its duration without the union of
  /// theirs, each cut to what lies within the span. In µs.
  long selfTime(int span) {
    TreeSpan own = spans.get(span);
    long covered = own.start();
    long self = own.duration();
    for (int child : children.get(span)) {
      long from = Math.max(covered, spans.get(child).start());
      long to = Math.min(own.end(), spans.get(child).end());
      if (to > from) {
        self -= to - from;
        covered = to;
      }
    }
    return self;
  }
}
