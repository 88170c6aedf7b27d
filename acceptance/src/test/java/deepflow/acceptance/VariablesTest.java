package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.agent.AgentSettings;
import deepflow.server.ServerSettings;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// One environment may have the variables of several programs.
class VariablesTest {
  private static final List<Setting<?>> AGENT = AgentSettings.standalone();
  private static final List<Setting<?>> SERVER = ServerSettings.standalone();

  @Test
  void noProgramTakesAnothersVariableForAMisspellingOfItsOwn() throws Exception {
    assertThat(Settings.read(SERVER, List.of(), variables(AGENT)).helpWanted()).isFalse();
    assertThat(Settings.read(AGENT, List.of(), variables(SERVER)).helpWanted()).isFalse();
  }

  private static Map<String, String> variables(List<Setting<?>> settings) {
    return settings.stream().collect(Collectors.toMap(Setting::environment, VariablesTest::value));
  }

  private static <T> String value(Setting<T> setting) {
    return setting.kind().printer().apply(setting.defaultValue());
  }
}
