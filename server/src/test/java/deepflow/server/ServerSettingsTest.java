package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.server.storage.Lifetimes;
import deepflow.settings.Settings;
import deepflow.settings.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerSettingsTest {
  private static Lifetimes retention(List<String> flags, Map<String, String> environment)
      throws Exception {
    return ServerSettings.config(Settings.read(ServerSettings.standalone(), flags, environment))
        .retention();
  }

  @Test
  void eachTableIsKeptAsDeepFlowKeepsItUnlessItIsSet(@TempDir Path folder) throws Exception {
    assertThat(retention(List.of(), Map.of())).isEqualTo(Lifetimes.of(Duration.ofDays(3)));

    Path file =
        Files.writeString(
            folder.resolve("server.yaml"), "server: {retention-service-graph: 30d}\n");
    Lifetimes set =
        retention(
            List.of("--config", file.toString(), "--retention-metrics-1s=36h"),
            Map.of("DEEPFLOW_RETENTION_METRICS_1M", "14d"));
    assertThat(set.metrics1s()).isEqualTo(Duration.ofHours(36));
    assertThat(set.metrics1m()).isEqualTo(Duration.ofDays(14));
    assertThat(set.serviceGraph()).isEqualTo(Duration.ofDays(30));
  }

  @Test
  void moreRulesThanThereMayBeAreAProblemOfTheConfiguration() {
    String rules = String.join(",", Collections.nCopies(33, "30d status = error"));
    assertThatThrownBy(() -> retention(List.of("--retention-rules", rules), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("server.retention-rules (--retention-rules)")
        .hasMessageContaining("at most 32");
  }

  @ParameterizedTest
  @CsvSource({
    "--retention=30s, server.retention (--retention) is '30s', a duration from 1m to 3650d",
    "--retention-metrics-1s=59m, server.retention-metrics-1s (--retention-metrics-1s) is '59m', a duration from 1h to 3650d",
    "--retention-metrics-1m=4000d, server.retention-metrics-1m (--retention-metrics-1m) is '4000d', a duration from 1h to 3650d",
    "--retention-service-graph=ever, server.retention-service-graph (--retention-service-graph) is 'ever', a duration from 1h to 3650d"
  })
  void aLifetimeThatCanNotBeIsRefusedByItsName(String flag, String what, String accepts) {
    assertThatThrownBy(() -> retention(List.of(flag), Map.of()))
        .hasMessageContaining(what)
        .hasMessageContaining("must be " + accepts);
  }
}
