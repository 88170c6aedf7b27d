package deepflow.wire.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupConfigFileTest {
  @Test
  void saysNothingWhenItIsEmpty() throws Exception {
    assertThat(GroupConfigFile.parse("").config()).isEqualTo(GroupConfig.DEFAULT);
    assertThat(GroupConfigFile.parse("# a comment\n").agentYaml()).isEmpty();
    assertThat(GroupConfigFile.parse("inputs:\n  integration:\n    enabled:\n").agentYaml())
        .isEmpty();
  }

  @Test
  void readsDeepFlowsNewKeys() throws Exception {
    GroupConfig config =
        GroupConfigFile.parse(
                """
                inputs:
                  integration:
                    enabled: false
                    limits:
                      max_spans_per_second: 20000
                      max_request_size: 16MiB
                    attributes:
                      drop: [http.request.header.cookie]
                      mask:
                        - {key: url.full, pattern: 'token=[^&]*', replacement: token=***}
                global:
                  communication:
                    max_throughput_to_ingester: 80
                    proactive_request_interval: 1m
                """)
            .config();

    assertThat(config.intake()).isFalse();
    assertThat(config.spansPerSecond()).isEqualTo(20_000);
    assertThat(config.requestBytesMax()).isEqualTo(16 << 20);
    assertThat(config.linkBytesPerSecond()).isEqualTo(10_000_000);
    assertThat(config.askInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.rules().isEmpty()).isFalse();
  }

  @Test
  void readsDeepFlowsOldKeysAndGivesThemTheirNewNames() throws Exception {
    GroupConfigFile file =
        GroupConfigFile.parse(
            """
            vtap_group_id: g-ABCDEFGHIJ
            external_agent_http_proxy_enabled: 0
            external_agent_http_proxy_port: 38086
            sync_interval: 30
            static_config:
              external-trace-integration-disabled: true
            """);

    assertThat(file.config().intake()).isFalse();
    assertThat(file.config().askInterval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(file.agentYaml())
        .contains("integration", "trace_integration_disabled")
        .doesNotContain("external_agent_http_proxy_enabled");
    assertThat(file.warnings())
        .anySatisfy(warning ->
            assertThat(warning).contains("external_agent_http_proxy_port", "--agent-port"));
  }

  @Test
  void namesEachKeyThatIsWrongAndSaysWhatToWrite() {
    assertThat(
            problems(
                """
                inputs:
                  integration:
                    enabeld: true
                    limits:
                      max_spans_per_second: many
                    attributes:
                      mask: [{key: url.full, pattern: '('}]
                colour: blue
                """))
        .satisfiesExactly(
            problem ->
                assertThat(problem)
                    .contains(
                        "inputs.integration.enabeld", "did you mean inputs.integration.enabled"),
            problem ->
                assertThat(problem)
                    .contains("max_spans_per_second is 'many'", "must be a whole number"),
            problem -> assertThat(problem).contains("attributes.mask is", "must be a list"),
            problem -> assertThat(problem).contains("no key colour", "agent-group-config example"));
  }

  @Test
  void refusesWhatIsNoConfiguration() {
    assertThat(problems("just words")).first().asString().contains("must be a map");
    assertThat(problems("a: [")).first().asString().contains("is not YAML");
    assertThat(problems("a: " + "x".repeat(GroupConfigFile.TEXT_MAX)))
        .first()
        .asString()
        .contains("characters");
    assertThat(problems("a: " + "[".repeat(100_000))).isNotEmpty();
    assertThat(problems("collector: yes please")).first().asString().contains("collector must be");
  }

  /// It could be read, but not written for those who shall have it.
  @Test
  void refusesWhatLeadsBackToItselfOrIsTooDeep() {
    for (String yaml :
        List.of(
            "collector: &a {b: *a}",
            "inputs: &a {b: *a}",
            "collector: {x: &a [1, [*a]]}",
            "collector: " + "{a: ".repeat(200) + "}".repeat(200))) {
      assertThat(problems(yaml)).singleElement().asString().contains("nested too deeply");
    }
  }

  @Test
  void refusesAValueWithoutAKey() {
    for (String yaml :
        List.of(
            "inputs: {integration: {attributes: {mask: [{null: x}]}}}",
            "inputs: {null: x}",
            "collector: {a: {null: x}}",
            "null: x")) {
      assertThat(problems(yaml)).singleElement().asString().contains("a value without a key: 'x'");
    }
  }

  @Test
  void takesAnAliasThatLeadsElsewhere() throws Exception {
    assertThat(GroupConfigFile.parse("collector: {a: &a {b: 1}, c: *a, d: *a}").collectorYaml())
        .isEqualTo(
            GroupConfigFile.parse("collector: {a: {b: 1}, c: {b: 1}, d: {b: 1}}").collectorYaml());
  }

  @Test
  void laysOneOverTheOtherKeyByKey() throws Exception {
    GroupConfigFile below =
        GroupConfigFile.parse(
            """
            inputs:
              integration:
                enabled: false
                limits: {max_spans_per_second: 5}
                attributes: {drop: [a, b]}
            collector:
              exporters: {otlp: {endpoint: a}, debug: {}}
            """);
    GroupConfigFile above =
        GroupConfigFile.parse(
            """
            external_agent_http_proxy_enabled: 1
            inputs: {integration: {attributes: {drop: [c]}}}
            collector:
              exporters: {otlp: {endpoint: b}}
            """);

    GroupConfigFile merged = above.over(below);

    assertThat(merged.config().intake()).isTrue();
    assertThat(merged.config().spansPerSecond()).isEqualTo(5);
    assertThat(merged.agentYaml()).contains("- c").doesNotContain("- a");
    assertThat(merged.collectorYaml())
        .contains("endpoint: b", "debug: {")
        .doesNotContain("endpoint: a");
    assertThat(GroupConfigFile.parse(merged.agentYaml()).config().spansPerSecond()).isEqualTo(5);
  }

  private static List<String> problems(String yaml) {
    ConfigProblemsException[] caught = new ConfigProblemsException[1];
    assertThatThrownBy(() -> GroupConfigFile.parse(yaml))
        .isInstanceOfSatisfying(ConfigProblemsException.class, e -> caught[0] = e);
    return caught[0].problems();
  }
}
