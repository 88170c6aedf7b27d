package deepflow.ctl.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every check can fail: for each there is a fault that it sees, and a server without faults passes
/// them all.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultTest {
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Options OPTIONS =
      new Options(
          Duration.ofSeconds(20),
          new SizedRequests(CorrectServer.LIMIT_BYTES),
          Map.of(),
          false,
          SEED);

  private static final boolean ALL = Boolean.getBoolean("deepflow.long");
  private static final int OTHERS = 8;

  private PlantedServer server;
  private FaultyWire wire;

  @BeforeAll
  void start() throws IOException {
    server = new PlantedServer();
    wire = new FaultyWire(server.port());
  }

  @AfterAll
  void stop() throws IOException {
    wire.close();
    server.close();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aCorrectServerPassesEveryCheck(Transport transport) throws IOException {
    server.plant(Distortion.NONE);
    wire.make(FaultyWire.Cut.NOTHING);

    List<Suite.Result> results = run(transport, Suite.CHECKS);

    assertThat(results)
        .as("seed %d", SEED)
        .isNotEmpty()
        .allMatch(result -> result.outcome() instanceof Outcome.Passed);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aFaultIsSeenByItsChecksAndTheirRelativesAlone(Fault fault) throws IOException {
    server.plant(fault.distortion());
    wire.make(fault.cut());
    Random random = new Random(SEED ^ fault.name().hashCode());
    for (Transport transport : transports(fault, random)) {
      List<Suite.Result> failed =
          run(transport, checks(fault, random)).stream()
              .filter(result -> result.outcome() instanceof Outcome.Failed)
              .toList();
      String about = "tests.seed=%d by %s".formatted(SEED, transport.label());
      assertThat(failed).as(about).extracting(r -> r.check().id()).containsAll(fault.checks());
      assertThat(failed).as(about).allMatch(result -> fault.explains(result.check()));
    }
  }

  /// All of them takes minutes; otherwise chance takes one, another each time.
  private static List<Transport> transports(Fault fault, Random random) {
    List<Transport> all = new ArrayList<>(fault.transports());
    Collections.shuffle(all, random);
    return ALL ? all : all.subList(0, 1);
  }

  /// The fault's own checks and some others.
  private static List<Check> checks(Fault fault, Random random) {
    List<Check> others = new ArrayList<>(Suite.CHECKS);
    others.removeIf(check -> fault.checks().contains(check.id()));
    Collections.shuffle(others, random);
    List<Check> checks = new ArrayList<>(ALL ? others : others.subList(0, OTHERS));
    checks.addAll(Suite.CHECKS.stream().filter(c -> fault.checks().contains(c.id())).toList());
    return checks;
  }

  @Test
  void everyCheckHasAFault() {
    Set<String> covered =
        Arrays.stream(Fault.values())
            .flatMap(fault -> fault.checks().stream())
            .collect(Collectors.toSet());

    assertThat(covered)
        .containsExactlyInAnyOrderElementsOf(Suite.CHECKS.stream().map(Check::id).toList());
  }

  private List<Suite.Result> run(Transport transport, List<Check> checks) throws IOException {
    String scheme =
        switch (transport) {
          case HTTP_1 -> "http";
          case HTTP_2 -> "h2c";
          case GRPC -> "grpc";
        };
    Target target = Target.parse(scheme + "://127.0.0.1:" + wire.port());
    return Suite.run(target, OPTIONS, checks);
  }
}
