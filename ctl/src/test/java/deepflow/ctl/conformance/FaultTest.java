package deepflow.ctl.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
      new Options(Duration.ofSeconds(20), CorrectServer.LIMIT_BYTES, Map.of(), false, SEED);

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

    List<Suite.Result> results = run(transport);

    assertThat(results)
        .as("seed %d", SEED)
        .isNotEmpty()
        .allMatch(result -> result.outcome() instanceof Outcome.Passed);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aFaultIsSeenByItsChecksAndTheirRelatives(Fault fault) throws IOException {
    server.plant(fault.distortion());
    wire.make(fault.cut());
    Set<String> seenBy = new TreeSet<>();
    List<Suite.Result> unexplained = new ArrayList<>();
    for (Transport transport : fault.transports()) {
      for (Suite.Result result : run(transport)) {
        if (result.outcome() instanceof Outcome.Failed) {
          seenBy.add(result.check().id());
          if (!fault.explains(result.check())) {
            unexplained.add(result);
          }
        }
      }
    }
    assertThat(seenBy).as("seed %d", SEED).containsAll(fault.checks());
    assertThat(unexplained).as("seed %d", SEED).isEmpty();
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

  private List<Suite.Result> run(Transport transport) throws IOException {
    String scheme =
        switch (transport) {
          case HTTP_1 -> "http";
          case HTTP_2 -> "h2c";
          case GRPC -> "grpc";
        };
    Target target = Target.parse(scheme + "://127.0.0.1:" + wire.port());
    return Suite.run(target, OPTIONS, Suite.CHECKS);
  }
}
