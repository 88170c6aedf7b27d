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
/// An attribute is telling when its share among the selected is larger for certain than its share
/// among the others, and also when only traces are counted in which its service takes part. It is
/// the more telling the more it says about the side on which a trace is.
///
/// What tells nothing is left out: what one trace alone has, such as an id; one more attribute of
/// the very same traces when three are there, and the same one again of another service.
final class AttributeTraces {

  /// Attributes that are kept apart.
  static final int ATTRIBUTES_MAX = 100_000;

  private static final int CIRCUMSTANCES_MAX = 20;
  private static final int SHOWN_MAX = 30;
  private static final int SAME_TRACES_MAX = 3;
  private static final String SERVICE = "service.name";

  /// Among the thousands of attributes that are compared, few get so far by chance.
  private static final double STANDARD_ERRORS = 3;

  /// Those that did are asked once more, of fewer traces.
  private static final double STANDARD_ERRORS_IN_SERVICE = 2;

  private record Key(String service, boolean ofResource, String key) {}

  /// How many traces of each side have something.
  private record Split(int here, int there) {

    /// Whether its share is larger here for certain.
    boolean isCertain(int allHere, int allThere, double standardErrors) {
      return ShareInterval.of(here, allHere, standardErrors)
              .surplusOver(ShareInterval.of(there, allThere, standardErrors))
          > 0;
    }

    /// The information in having it about the side, over all traces, in nats.
    double information(int allHere, int allThere) {
      double having = (double) (here + there) / (allHere + allThere);
      return term(here, allHere * having)
          + term(there, allThere * having)
          + term(allHere - here, allHere * (1 - having))
          + term(allThere - there, allThere * (1 - having));
    }

    private static double term(int observed, double expected) {
      return observed == 0 ? 0 : observed * Math.log(observed / expected);
    }
  }

  private record Candidate(
      AttributeShare share, BitSet traces, double information, int valuesOfKey) {
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
    List<Candidate> candidates = new ArrayList<>();
    traces.forEach((attribute, having) -> {
      Split split = split(having);
      if (split.here + split.there > 1
          && split.isCertain(selected, others, STANDARD_ERRORS)
          && saysMoreThanItsService(attribute, split)) {
        candidates.add(
            new Candidate(
                new AttributeShare(attribute, split.here, split.there),
                having,
                split.information(selected, others),
                valuesOfKey.getOrDefault(keyOf(attribute), 1)));
      }
    });
    candidates.sort(ORDER);
    return candidates;
  }

  private static Key keyOf(Attribute attribute) {
    return new Key(attribute.service(), attribute.ofResource(), attribute.key());
  }

  private boolean saysMoreThanItsService(Attribute attribute, Split split) {
    if (attribute.ofResource() && attribute.key().equals(SERVICE)) {
      return true;
    }
    Split ofService = split(tracesOfService.getOrDefault(attribute.service(), new BitSet()));
    return ofService.here > 0
        && ofService.there > 0
        && split.isCertain(ofService.here, ofService.there, STANDARD_ERRORS_IN_SERVICE);
  }

  private Split split(BitSet having) {
    int here = having.get(0, selected).cardinality();
    return new Split(here, having.cardinality() - here);
  }

  /// Of equally telling ones those first that have few values: `payment.method` before
  /// `payment.reference`.
  private static final Comparator<Candidate> ORDER =
      comparingDouble((Candidate candidate) -> -candidate.information)
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
