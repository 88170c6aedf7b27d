package deepflow.demo.story;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/// The faults of a run: one of each kind, each in a service and on an attribute of its own, so that
/// none hides another.
///
/// @param faults in the order of their kinds
public record FaultPlan(List<Fault> faults) {

  private static final Set<Service> WITH_DATABASE =
      EnumSet.of(Service.INVENTORY, Service.ORDERS, Service.PRICING);

  public FaultPlan {
    faults = List.copyOf(faults);
  }

  /// Draws the faults.
  ///
  /// @param seed the same seed and services give the same faults
  /// @param running the services that can have one
  public static FaultPlan draw(long seed, Collection<Service> running) {
    Random random = new Random(seed);
    List<Service> services = new ArrayList<>(EnumSet.copyOf(running));
    List<Trait> traits = new ArrayList<>(Trait.ALL);
    Service asksOneByOne =
        take(random, services, services.stream().filter(WITH_DATABASE::contains));
    Service fails = take(random, services, services.stream());
    Service slow = take(random, services, services.stream());
    return new FaultPlan(
        List.of(
            fault(Fault.Kind.ERROR, fails, random, traits),
            fault(Fault.Kind.SLOW, slow, random, traits),
            fault(Fault.Kind.N_PLUS_ONE, asksOneByOne, random, traits)));
  }

  private static Fault fault(Fault.Kind kind, Service service, Random random, List<Trait> traits) {
    Trait trait = take(random, traits, traits.stream());
    List<Trait.Value> values = trait.values().stream().filter(Trait.Value::suitsAFault).toList();
    String value = values.get(random.nextInt(values.size())).text();
    return new Fault(kind, service, trait.attribute(), value);
  }

  private static <T> T take(Random random, List<T> from, Stream<T> among) {
    List<T> candidates = among.toList();
    T taken = candidates.get(random.nextInt(candidates.size()));
    from.remove(taken);
    return taken;
  }

  /// The faults of one service.
  public List<Fault> of(Service service) {
    return faults.stream().filter(fault -> fault.service() == service).toList();
  }
}
