package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.tls.TestCertificates;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The agent before the OTLP conformance suite, as anybody can run it: every port, both paths,
/// every protocol, in cleartext and in TLS, and no rule broken or left out.
class ConformanceIT {
  /// Small, so that fifteen times two requests of this size don't take the time.
  private static final int REQUEST_MIB = 4;

  private static final String[] SETTINGS = {
    "--max-request-size", REQUEST_MIB + "MiB", "--cors-origin", "*"
  };

  @Test
  void theAgentKeepsEveryRuleOnEveryPortAndPath(@TempDir Path data) throws Exception {
    try (DeepFlow agent = DeepFlow.agent(data, Ports.free(), SETTINGS).start()) {
      assertKeepsEveryRule(targets(agent.address(), "http", "h2c", "grpc"));
      agent.stop();
    }
  }

  @Test
  void theAgentKeepsEveryRuleInTlsToo(@TempDir Path data, @TempDir Path files) throws Exception {
    TestCertificates certificates = new TestCertificates(files, "authority");
    TlsFiles own = certificates.end("agent");
    TlsFiles trust = new TlsFiles(certificates.authorities(), null, null);
    List<String> settings = new ArrayList<>(List.of(SETTINGS));
    settings.addAll(List.of("--tls-cert", String.valueOf(own.certificate())));
    settings.addAll(List.of("--tls-key", String.valueOf(own.key())));
    try (DeepFlow agent =
        DeepFlow.agent(data, Ports.free(), settings.toArray(String[]::new))
            .withAgentTls(TlsContext.open(trust, System::nanoTime, _ -> {}).current())
            .start()) {
      assertKeepsEveryRule(targets(agent.address(), "https", "h2", "grpcs"));
      agent.stop();
    }
  }

  private static void assertKeepsEveryRule(List<String> targets) throws Exception {
    JsonNode reports = conformance(targets);

    assertThat(reports).hasSameSizeAs(targets);
    for (JsonNode report : reports) {
      String target = report.path("target").asString("");
      assertThat(report.path("checks")).as(target).isNotEmpty();
      assertThat(report.path("checks"))
          .as(target)
          .allMatch(check -> check.path("outcome").asString("").equals("passed"));
    }
  }

  /// @param http1 schemes of the three protocols, in cleartext or with TLS
  private static List<String> targets(
      DeepFlow.Address address, String http1, String http2, String grpc) {
    List<String> targets = new ArrayList<>();
    for (int port : new int[] {address.agent(), address.otlpGrpc(), address.otlpHttp()}) {
      for (String path : List.of("/v1/traces", "/api/v1/otel/trace")) {
        targets.add(http1 + "://127.0.0.1:" + port + path);
        targets.add(http2 + "://127.0.0.1:" + port + path);
      }
      targets.add(grpc + "://127.0.0.1:" + port);
    }
    return targets;
  }

  private static JsonNode conformance(List<String> targets) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("conformance", "--insecure-tls", "-o", "json"));
    arguments.addAll(List.of("--limit-bytes", Integer.toString(REQUEST_MIB << 20)));
    arguments.addAll(targets);
    // A log of its own, which is the report.
    String name = "conformance-" + URI.create(targets.getFirst()).getScheme();
    try (RunningProcess ctl =
        RunningProcess.start(name, Programs.ctl(arguments), Programs.environment())) {
      int code = ctl.await(Duration.ofMinutes(5));
      assertThat(code).as("exit code; it said:\n%s", ctl.endOfLog()).isZero();
      return new JsonMapper().readTree(ctl.log());
    }
  }
}
