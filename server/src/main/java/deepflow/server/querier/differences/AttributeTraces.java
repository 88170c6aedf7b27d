package deepflow.server.querier.differences;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingInt;

import deepflow.server.querier.differences.Difference.AttributeShare;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// In which traces spans have which attributes. Traces have numbers: first those that were
/// selected, then the others.
///
/// An attribute is the more telling the larger its share among the selected is for certain than its
/// share among the others. What tells nothing is left out: what one trace alone has, such as an id;
/// what each span of the service has, beyond that the service takes part; one more attribute of the
/// very same traces when three are there, and the same one again of another service.
final class AttributeTraces {

  /// Attributes that are kept apart.
  static final int ATTRIBUTES_MAX = 100_000;

  private static final int CIRCUMSTANCES_MAX = 20;
  private static final int SHOWN_MAX = 30;
  private static final int SAME_TRACES_MAX = 3;
  private static final String SERVICE = "service.name";

  private record Key(String service, boolean ofResource, String key) {}

  private record Candidate(AttributeShare share, BitSet traces, double surplus, int valuesOfKey) {
    Attribute attribute() {
      return share.attribute();
    }
  }

  private final int selected;
  private final int others;
  private final Map<Attribute, BitSet> traces = new HashMap<>();
  private final Map<String, BitSet> tracesOfService = new HashMap<>();
  private boolean full;

  AttributeTraces(int selected, int others) {
    this.selected = selected;
    this.others = others;
  }

  /// A span of that service is in that trace.
  void addService(String service, int trace) {
    tracesOfService.computeIfAbsent(service, _ -> new BitSet()).set(trace);
    add(new Attribute(service, true, SERVICE, service), trace);
  }

  /// A span in that trace has that attribute.
  void add(Attribute attribute, int trace) {
    BitSet known = traces.get(attribute);
    if (known == null) {
      if (traces.size() == ATTRIBUTES_MAX) {
        full = true;
        return;
      }
      known = new BitSet();
      traces.put(attribute, known);
    }
    known.set(trace);
  }

  /// Whether there were more attributes than fit.
  boolean isFull() {
    return full;
  }

  /// Those that set the selected traces apart: first circumstances, then outcomes, since of a
  /// selection of failures each outcome tells more surely than any cause, and nothing new.
  List<AttributeShare> telling() {
    List<Candidate> candidates = distinct(candidates());
    List<AttributeShare> shares = new ArrayList<>();
    candidates.stream()
        .filter(candidate -> !candidate.attribute().isOutcome())
        .limit(CIRCUMSTANCES_MAX)
        .forEach(candidate -> shares.add(candidate.share));
    candidates.stream()
        .filter(candidate -> candidate.attribute().isOutcome())
        .limit(SHOWN_MAX - shares.size())
        .forEach(candidate -> shares.add(candidate.share));
    return shares;
  }

  private List<Candidate> candidates() {
    Map<Key, Integer> valuesOfKey = new HashMap<>();
    traces.keySet().forEach(attribute -> valuesOfKey.merge(keyOf(attribute), 1, Integer::sum));
    ShareInterval[] ofSelected = intervals(selected);
    ShareInterval[] ofOthers = intervals(others);
    List<Candidate> candidates = new ArrayList<>();
    traces.forEach((attribute, having) -> {
      int here = having.get(0, selected).cardinality();
      int there = having.cardinality() - here;
      double surplus = ofSelected[here].surplusOver(ofOthers[there]);
      if (here + there > 1 && surplus > 0 && saysMoreThanItsService(attribute, having)) {
        candidates.add(
            new Candidate(
                new AttributeShare(attribute, here, there),
                having,
                surplus,
                valuesOfKey.getOrDefault(keyOf(attribute), 1)));
      }
    });
    candidates.sort(ORDER);
    return candidates;
  }

  private static Key keyOf(Attribute attribute) {
    return new Key(attribute.service(), attribute.ofResource(), attribute.key());
  }

  private static ShareInterval[] intervals(int all) {
    ShareInterval[] intervals = new ShareInterval[all + 1];
    for (int having = 0; having <= all; having++) {
      intervals[having] = ShareInterval.of(having, all);
    }
    return intervals;
  }

  private boolean saysMoreThanItsService(Attribute attribute, BitSet having) {
    return (attribute.ofResource() && attribute.key().equals(SERVICE))
        || !having.equals(tracesOfService.get(attribute.service()));
  }

  /// Of equally telling ones those first that have few values: `payment.method` before
  /// `payment.reference`.
  private static final Comparator<Candidate> ORDER =
      comparingDouble((Candidate candidate) -> -candidate.surplus)
          .thenComparing(candidate -> candidate.attribute().ofResource())
          .thenComparing(comparingInt(Candidate::valuesOfKey))
          .thenComparing(candidate -> candidate.attribute().service())
          .thenComparing(candidate -> candidate.attribute().key())
          .thenComparing(comparing(candidate -> candidate.attribute().value()));

  private record Said(BitSet traces, String key, String value) {}

  private static List<Candidate> distinct(List<Candidate> candidates) {
    Set<Said> said = new HashSet<>();
    Map<BitSet, Integer> circumstances = new HashMap<>();
    Map<BitSet, Integer> outcomes = new HashMap<>();
    List<Candidate> distinct = new ArrayList<>();
    for (Candidate candidate : candidates) {
      Attribute attribute = candidate.attribute();
      Map<BitSet, Integer> same = attribute.isOutcome() ? outcomes : circumstances;
      if (said.add(new Said(candidate.traces, attribute.key(), attribute.value()))
          && same.merge(candidate.traces, 1, Integer::sum) <= SAME_TRACES_MAX) {
        distinct.add(candidate);
      }
    }
    return distinct;
  }
}
