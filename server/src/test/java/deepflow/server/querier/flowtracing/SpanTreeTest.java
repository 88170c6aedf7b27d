package deepflow.server.querier.flowtracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpanTreeTest {

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());

  private static TreeSpan span(String id, String parent, long start, long end) {
    return new TreeSpan(id, parent, List.of("p"), false, start, end);
  }

  private static TreeSpan client(String id, String parent, String process, long start) {
    return new TreeSpan(id, parent, List.of(process), true, start, start + 10);
  }

  private static TreeSpan server(String id, String parent, String process, long start) {
    return new TreeSpan(id, parent, List.of(process), false, start, start + 10);
  }

  private static List<Integer> parents(SpanTree tree, int spans) {
    List<Integer> parents = new ArrayList<>();
    for (int i = 0; i < spans; i++) {
      parents.add(tree.parent(i));
    }
    return parents;
  }

  @Test
  void mountsEachSpanBelowTheOneThatItNames() {
    SpanTree tree =
        SpanTree.of(
            List.of(
                span("a", "", 0, 9),
                span("b", "a", 1, 5),
                span("c", "b", 2, 4),
                span("d", "a", 6, 8)));

    assertThat(parents(tree, 4)).containsExactly(-1, 0, 1, 0);
    assertThat(tree.children(0)).containsExactly(1, 3);
    assertThat(tree.mount(0)).isEqualTo(SpanTree.Mount.ROOT);
    assertThat(tree.mount(3)).isEqualTo(SpanTree.Mount.PARENT);
  }

  @Test
  void saysThatAParentIsNotInTheTrace() {
    SpanTree tree = SpanTree.of(List.of(span("b", "lost", 0, 1), span("c", "b", 0, 1)));

    assertThat(parents(tree, 2)).containsExactly(-1, 0);
    assertThat(tree.mount(0)).isEqualTo(SpanTree.Mount.ORPHAN);
  }

  @Test
  void breaksACycleAtItsFirstSpanWhateverHangsOnIt() {
    SpanTree tree =
        SpanTree.of(
            List.of(
                span("tail", "c", 0, 1),
                span("a", "c", 1, 2),
                span("b", "a", 2, 3),
                span("c", "b", 3, 4),
                span("self", "self", 5, 6)));

    assertThat(parents(tree, 5)).containsExactly(3, -1, 1, 2, -1);
    assertThat(tree.mount(1)).isEqualTo(SpanTree.Mount.CYCLE);
    assertThat(tree.mount(4)).isEqualTo(SpanTree.Mount.CYCLE);
  }

  /// Zipkin gives the two sides of a call one id; what each process does then names that id.
  @Test
  void mountsAServerBelowTheClientWhoseIdItHas() {
    SpanTree tree =
        SpanTree.of(
            List.of(
                server("r", "", "web", 0),
                client("x", "r", "web", 1),
                server("x", "r", "cart", 2),
                server("y", "x", "cart", 3),
                server("z", "x", "web", 4),
                server("w", "x", "elsewhere", 5)));

    assertThat(parents(tree, 6)).containsExactly(-1, 0, 1, 2, 1, 2);
    assertThat(tree.mount(2)).isEqualTo(SpanTree.Mount.SHARED);
  }

  @Test
  void keepsDifferentSpansOfOneIdApart() {
    SpanTree tree =
        SpanTree.of(
            List.of(
                span("r", "", 0, 9),
                span("x", "r", 1, 2),
                span("x", "r", 3, 4),
                span("y", "x", 5, 6)));

    assertThat(parents(tree, 4)).containsExactly(-1, 0, 0, 1);
  }

  @Test
  void joinsNoSpansWithoutIds() {
    SpanTree tree = SpanTree.of(List.of(client("", "", "a", 0), server("", "", "b", 1)));

    assertThat(parents(tree, 2)).containsExactly(-1, -1);
  }

  @Test
  void countsParallelChildrenOnceAndCutsThemToTheirParent() {
    SpanTree tree =
        SpanTree.of(
            List.of(
                span("early", "a", 90, 110),
                span("a", "", 100, 200),
                span("b", "a", 120, 150),
                span("c", "a", 130, 140),
                span("d", "a", 145, 160),
                span("late", "a", 190, 300),
                span("after", "a", 210, 220)));

    assertThat(tree.selfTime(1)).isEqualTo(100 - 10 - 40 - 10);
    assertThat(tree.selfTime(2)).isEqualTo(30);
  }

  @Test
  void findsInRandomTracesTheSelfTimesThatCountingMicrosecondsFinds() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      List<TreeSpan> spans = random(random, random.nextInt(1, 40));
      SpanTree tree = SpanTree.of(spans);
      for (int i = 0; i < spans.size(); i++) {
        assertThat(tree.selfTime(i))
            .as("tests.seed=%s round %s span %s of %s", SEED, round, i, spans)
            .isEqualTo(counted(spans, tree.children(i), spans.get(i)));
      }
    }
  }

  /// Each µs in which the span was at work and none of its children.
  private static long counted(List<TreeSpan> spans, List<Integer> children, TreeSpan span) {
    BitSet own = new BitSet();
    own.set((int) span.start(), (int) Math.max(span.start(), span.end()));
    for (int child : children) {
      TreeSpan other = spans.get(child);
      own.clear((int) other.start(), (int) Math.max(other.start(), other.end()));
    }
    return own.cardinality();
  }

  @Test
  void makesForestsOfWhateverIsSent() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      List<TreeSpan> spans = random(random, random.nextInt(1, 40));
      SpanTree tree = SpanTree.of(spans);
      int below = 0;
      for (int i = 0; i < spans.size(); i++) {
        Set<Integer> above = new HashSet<>();
        for (int at = i; at != SpanTree.NONE; at = tree.parent(at)) {
          assertThat(above.add(at)).as("tests.seed=%s: a cycle in %s", SEED, spans).isTrue();
        }
        boolean root = tree.parent(i) == SpanTree.NONE;
        assertThat(tree.mount(i) == SpanTree.Mount.PARENT || tree.mount(i) == SpanTree.Mount.SHARED)
            .isEqualTo(!root);
        assertThat(tree.children(i)).isSorted();
        below += tree.children(i).size();
        for (int child : tree.children(i)) {
          assertThat(tree.parent(child)).isEqualTo(i);
        }
      }
      long roots = parents(tree, spans.size()).stream().filter(p -> p == SpanTree.NONE).count();
      assertThat(below + roots).isEqualTo(spans.size());
    }
  }

  /// Few ids, so that they are shared, missing and in cycles; clocks that go backwards.
  private static List<TreeSpan> random(Random random, int count) {
    List<TreeSpan> spans = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long start = random.nextInt(1_000);
      String parent = random.nextInt(5) == 0 ? "" : "s" + random.nextInt(count + 3);
      spans.add(
          new TreeSpan(
              "s" + random.nextInt(count),
              parent,
              List.of("p" + random.nextInt(3)),
              random.nextBoolean(),
              start,
              start + random.nextInt(-5, 300)));
    }
    spans.sort(Comparator.comparingLong(TreeSpan::start));
    return spans;
  }

  @Test
  void takesAChainOfHundredThousandSpansWithoutTheStack() {
    int depth = 100_000;
    List<TreeSpan> chain = new ArrayList<>();
    List<TreeSpan> ring = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      chain.add(span("s" + i, i == 0 ? "" : "s" + (i - 1), i, 2L * depth - i));
      ring.add(span("s" + i, "s" + (i + 1) % depth, i, 2L * depth - i));
    }
    SpanTree tree = SpanTree.of(chain);

    assertThat(tree.parent(depth - 1)).isEqualTo(depth - 2);
    assertThat(tree.selfTime(0)).isEqualTo(2);
    assertThat(SpanTree.of(ring).mount(0)).isEqualTo(SpanTree.Mount.CYCLE);
  }

  @Test
  void takesHundredThousandSpansOfOneIdInTime() {
    List<TreeSpan> spans = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      spans.add(new TreeSpan("x", "x", List.of("p" + i % 7), i % 2 == 0, i, i + 1));
    }
    long begin = System.nanoTime();

    assertThat(SpanTree.of(spans).children(0)).isNotEmpty();
    assertThat((System.nanoTime() - begin) / 1_000_000).as("milliseconds").isLessThan(20_000);
  }
}
