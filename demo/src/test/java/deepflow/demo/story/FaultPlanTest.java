package deepflow.demo.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  private static final Set<Service> ALL = EnumSet.allOf(Service.class);
  private static final int SEEDS = 300;

  @Test
  void givesTheSameFaultsForTheSameSeed() {
    assertThat(plans()).isEqualTo(plans());
  }

  @Test
  void givesThreeStoriesForThreeSeeds() {
    assertThat(Stream.of(1L, 2L, 3L).map(seed -> FaultPlan.draw(seed, ALL)))
        .doesNotHaveDuplicates();
    assertThat(Set.copyOf(plans())).hasSizeGreaterThan(SEEDS / 2);
  }

  @Test
  void plantsOneFaultOfEachKindEachInAServiceAndOnAnAttributeOfItsOwn() {
    for (FaultPlan plan : plans()) {
      assertThat(plan.faults())
          .extracting(Fault::kind)
          .containsExactly(Fault.Kind.ERROR, Fault.Kind.SLOW, Fault.Kind.N_PLUS_ONE);
      assertThat(plan.faults()).extracting(Fault::service).doesNotHaveDuplicates();
      assertThat(plan.faults()).extracting(Fault::attribute).doesNotHaveDuplicates();
    }
  }

  @Test
  void letsEachServiceFailAndEachBeSlow() {
    assertThat(services(Fault.Kind.ERROR)).isEqualTo(ALL);
    assertThat(services(Fault.Kind.SLOW)).isEqualTo(ALL);
    assertThat(services(Fault.Kind.N_PLUS_ONE))
        .containsExactlyInAnyOrder(Service.INVENTORY, Service.ORDERS, Service.PRICING);
  }

  @Test
  void plantsNothingInAServiceThatDoesNotRun() {
    Set<Service> javaOnly = EnumSet.of(Service.GATEWAY, Service.INVENTORY, Service.ORDERS);

    assertThat(LongStream.range(0, SEEDS).mapToObj(seed -> FaultPlan.draw(seed, javaOnly)))
        .allSatisfy(
            plan -> assertThat(plan.faults()).extracting(Fault::service).isSubsetOf(javaOnly));
  }

  @Test
  void strikesBetweenATwentiethAndThreeTenthsOfAllVisits() {
    String given = System.getProperty("tests.seed", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    Random random = new Random(seed);
    List<Visit> visits = IntStream.range(0, 20_000).mapToObj(_ -> Visit.draw(random)).toList();

    for (Fault fault :
        plans().stream().flatMap(plan -> plan.faults().stream()).distinct().toList()) {
      double share = (double) visits.stream().filter(fault::strikes).count() / visits.size();
      assertThat(share).as("tests.seed=%d %s", seed, fault).isBetween(0.05, 0.30);
    }
  }

  @Test
  void reachesAServiceAsTextAndIsTheSameThere() {
    for (FaultPlan plan : plans()) {
      for (Service service : ALL) {
        String text = Fault.encode(plan.of(service));
        assertThat(Fault.decode(service, text)).isEqualTo(plan.of(service));
      }
    }
  }

  @Test
  void saysInASentenceWhatIsWrong() {
    Fault fault = new Fault(Fault.Kind.ERROR, Service.ORDERS, "payment.method", "voucher");

    assertThat(fault.sentence()).isEqualTo("orders fails when payment.method is voucher");
  }

  private static List<FaultPlan> plans() {
    return LongStream.range(0, SEEDS).mapToObj(seed -> FaultPlan.draw(seed, ALL)).toList();
  }

  private static Set<Service> services(Fault.Kind kind) {
    return plans().stream()
        .flatMap(plan -> plan.faults().stream())
        .filter(fault -> fault.kind() == kind)
        .map(Fault::service)
        .collect(Collectors.toSet());
  }
}
