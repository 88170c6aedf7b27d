package deepflow.ctl.doctor;

import static deepflow.ctl.doctor.Problem.BATCH_FIRST;
import static deepflow.ctl.doctor.Problem.NOT_TO_DEEPFLOW;
import static deepflow.ctl.doctor.Problem.NO_APP_HOST_IP;
import static deepflow.ctl.doctor.Problem.NO_K8SATTRIBUTES;
import static deepflow.ctl.doctor.Problem.NO_POD_IDENTITY;
import static deepflow.ctl.doctor.Problem.NO_POD_IP;
import static deepflow.ctl.doctor.Problem.NO_RETRY;
import static deepflow.ctl.doctor.Problem.NO_TRACES_PIPELINE;
import static deepflow.ctl.doctor.Problem.ONLY_LOCALHOST;
import static deepflow.ctl.doctor.Problem.OTHER_SIGNALS;
import static deepflow.ctl.doctor.Problem.RESOURCE_FIRST;
import static deepflow.ctl.doctor.Problem.TLS_TO_PLAINTEXT;
import static deepflow.ctl.doctor.Problem.UNDEFINED;
import static deepflow.ctl.doctor.Problem.UNKNOWN_COMPONENT;
import static deepflow.ctl.doctor.Problem.UNREADABLE;
import static deepflow.ctl.doctor.Problem.WRONG_COMPRESSION;
import static deepflow.ctl.doctor.Problem.WRONG_EXPORTER;
import static deepflow.ctl.doctor.Problem.WRONG_PATH;
import static deepflow.ctl.doctor.Problem.WRONG_PORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Makes one mistake after the other in the configurations that we ship.
class CollectorChecksTest {
  private static final Path SHIPPED = Path.of("..", "deploy", "kubernetes");
  private static final String PIPELINE = "processors: [memory_limiter, k8sattributes, resource]";
  private static final String ENDPOINT =
      "traces_endpoint: http://deepflow-agent.deepflow/api/v1/otel/trace";

  /// @param from what of the shipped configuration is changed
  /// @param named what must be named, and nothing else
  record Mistake(String from, String to, Problem named) {
    @Override
    public String toString() {
      return named.word() + ": " + to.strip();
    }
  }

  private static Mistake pipeline(String to, Problem named) {
    return new Mistake(PIPELINE, to, named);
  }

  private static Mistake endpoint(String to, Problem named) {
    return new Mistake(ENDPOINT, to, named);
  }

  static Stream<Mistake> mistakes() {
    return Stream.concat(mistakesOfPipelines(), mistakesOfExporters());
  }

  private static Stream<Mistake> mistakesOfPipelines() {
    return Stream.of(
        pipeline("processors: [memory_limiter, resource]", NO_K8SATTRIBUTES),
        pipeline("processors: [memory_limiter, resource, k8sattributes]", RESOURCE_FIRST),
        pipeline("processors: [memory_limiter, k8sattributes]", NO_APP_HOST_IP),
        pipeline("processors: [k8sattributes, resources]", UNDEFINED),
        new Mistake("key: app.host.ip", "key: host.ip", NO_APP_HOST_IP),
        new Mistake(
            PIPELINE, "processors: [memory_limiter, batch, k8sattributes, resource]", BATCH_FIRST),
        new Mistake("            - k8s.pod.ip\n", "", NO_POD_IP),
        new Mistake("            - k8s.pod.uid\n", "", NO_POD_IDENTITY),
        new Mistake("        traces:\n", "        traces_:\n", NO_TRACES_PIPELINE),
        new Mistake("endpoint: 0.0.0.0:4317", "endpoint: localhost:4317", ONLY_LOCALHOST),
        new Mistake("            endpoint: 0.0.0.0:4318\n", "", ONLY_LOCALHOST),
        new Mistake("exporters: [otlphttp]", "exporters: [otlphttp, logging]", UNKNOWN_COMPONENT),
        new Mistake(
            "extensions: [health", "extensions: [memory_ballast, health", UNKNOWN_COMPONENT),
        new Mistake("exporters: [otlphttp]", "exporters: [otlp_http]", UNDEFINED),
        new Mistake(
            "      pipelines:\n",
            "      pipelines:\n        metrics: {receivers: [otlp], exporters: [otlphttp]}\n",
            OTHER_SIGNALS),
        new Mistake(
            "      pipelines:\n",
            "      pipelines:\n        logs/all: {receivers: [otlp], exporters: [otlphttp]}\n",
            OTHER_SIGNALS));
  }

  private static Stream<Mistake> mistakesOfExporters() {
    return Stream.of(
        endpoint("endpoint: http://deepflow-agent.deepflow/api/v1/otel/trace", WRONG_PATH),
        endpoint("traces_endpoint: http://deepflow-agent.deepflow/api/v1/otel/traces", WRONG_PATH),
        endpoint("traces_endpoint: http://deepflow-agent.deepflow", WRONG_PATH),
        endpoint(
            "traces_endpoint: http://deepflow-agent.deepflow:38086/api/v1/otel/trace", WRONG_PORT),
        endpoint(
            "traces_endpoint: http://deepflow-server.deepflow:20416/api/v1/otel/trace", WRONG_PORT),
        endpoint("traces_endpoint: http://10.1.2.3/api/v1/otel/trace", WRONG_PORT),
        endpoint(
            "traces_endpoint: https://deepflow-agent.deepflow:4318/v1/traces", TLS_TO_PLAINTEXT),
        endpoint("traces_endpoint: http://jaeger:4318/v1/traces", NOT_TO_DEEPFLOW),
        endpoint(ENDPOINT + "\n        compression: lz4", WRONG_COMPRESSION),
        new Mistake("enabled: true", "enabled: false", NO_RETRY));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void namesEachMistakeAndNothingElse(Mistake mistake) throws IOException {
    String shipped = shipped("open-telemetry.yaml");
    assertThat(shipped).contains(mistake.from());

    List<Finding> found = examine(shipped.replace(mistake.from(), mistake.to()));

    assertThat(found).isNotEmpty().allMatch(finding -> finding.problem() == mistake.named());
    assertThat(found)
        .allSatisfy(finding -> {
          assertThat(finding.where()).contains("otel-agent-conf");
          assertThat(finding.remedy()).isNotBlank();
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"open-telemetry.yaml", "otel-agent-conf-nodeport.yaml", "otel-gateway.yaml"})
  void findsNothingInWhatWeShip(String file) throws IOException {
    assertThat(examine(shipped(file))).isEmpty();
  }

  @Test
  void namesTheMissingExtractOfThePageAndNothingElse() {
    assertThat(problems(PAGE)).containsExactly(NO_POD_IP);
  }

  @Test
  void asksNoPodOfACollectorOnAHost() {
    assertThat(
            problems(
                PAGE.replace("deepflow-agent.deepflow", "127.0.0.1:38086")
                    .replace("processors: [k8sattributes, resource]", "processors: []")))
        .isEmpty();
  }

  @Test
  void takesGrpcWithoutTlsOnly() {
    String grpc = PAGE.replace("otlphttp", "otlp").replace("k8sattributes:", K8SATTRIBUTES);
    assertThat(problems(grpc)).containsExactly(WRONG_EXPORTER);
    String correct =
        grpc.replace("traces_endpoint: 'http://", "endpoint: '")
            .replace("/api/v1/otel/trace", ":4317");
    assertThat(problems(correct)).isEmpty();
    assertThat(problems(correct.replace("insecure: true", "insecure: false")))
        .containsExactly(TLS_TO_PLAINTEXT);
  }

  @Test
  void namesTheLineThatIsNoYaml() {
    Findings findings = new Findings();
    CollectorFile.read("c.yaml", "receivers:\n\totlp:\n", findings);
    assertThat(findings.found()).hasSize(1);
    assertThat(findings.found().getFirst().problem()).isEqualTo(UNREADABLE);
    assertThat(findings.found().getFirst().what()).contains("line 2");
    assertThat(problems("kind: Pod\nmetadata: {name: a}\n")).containsExactly(UNREADABLE);
  }

  /// With the live checks' tests, which are in [LiveChecksTest] and in acceptance/ DoctorIT.
  @Test
  void everyMistakeOfAConfigurationIsMadeHere() {
    Set<Problem> made = EnumSet.of(UNREADABLE, WRONG_EXPORTER);
    mistakes().map(Mistake::named).forEach(made::add);
    assertThat(EnumSet.range(UNREADABLE, OTHER_SIGNALS)).isEqualTo(made);
  }

  private static List<Problem> problems(String text) {
    return examine(text).stream().map(Finding::problem).toList();
  }

  private static List<Finding> examine(String text) {
    Findings findings = new Findings();
    CollectorFile.read("file", text, findings)
        .forEach(config -> CollectorChecks.check(config, findings));
    return findings.found();
  }

  /// The shipped file; with a `batch` that a mistake may put where it doesn't belong.
  private static String shipped(String file) throws IOException {
    return Files.readString(SHIPPED.resolve(file))
        .replace(
            "    processors:\n      memory_limiter",
            "    processors:\n      batch: {}\n      memory_limiter");
  }

  private static final String K8SATTRIBUTES =
      "k8sattributes: {extract: {metadata: [k8s.pod.ip, k8s.pod.uid, k8s.pod.name]}}";

  /// What the page "import OpenTelemetry data" tells people to write, and a receiver.
  private static final String PAGE =
      """
      receivers:
        otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}
      exporters:
        otlphttp:
          traces_endpoint: 'http://deepflow-agent.deepflow/api/v1/otel/trace'
          tls:
            insecure: true
          retry_on_failure:
            enabled: true
      processors:
        k8sattributes:
        resource:
          attributes:
            - key: app.host.ip
              from_attribute: k8s.pod.ip
              action: insert
      service:
        pipelines:
          traces:
            receivers: [otlp]
            processors: [k8sattributes, resource]
            exporters: [otlphttp]
      """;
}
