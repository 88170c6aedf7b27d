package deepflow.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import deepflow.settings.Settings;
import deepflow.settings.SettingsException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DemoSettingsTest {
  private static final Map<String, String> HOME = Map.of("HOME", "/srv/somebody");

  @Test
  void looksForTheAgentItselfWhenNothingIsSet() throws Exception {
    DemoConfig config = config(HOME);

    assertThat(config.otlp()).isEmpty();
    assertThat(config.ui()).isEqualTo(URI.create("http://127.0.0.1:20416"));
    assertThat(config.rate()).isEqualTo(5);
    assertThat(config.duration()).isZero();
    assertThat(config.reveal()).isFalse();
    assertThat(config.collector()).isFalse();
    assertThat(config.cache()).isEqualTo(Path.of("/srv/somebody/.cache/deepflow-demo"));
  }

  @Test
  void takesEverySettingFromTheCommandLine() throws Exception {
    DemoConfig config =
        config(
            HOME,
            "--otlp=http://127.0.0.1:4418",
            "--ui=http://127.0.0.1:20516",
            "--rate=2.5",
            "--duration=60s",
            "--seed=7",
            "--reveal",
            "--collector",
            "--data=/srv/shop");

    assertThat(config)
        .isEqualTo(
            new DemoConfig(
                Path.of("/srv/shop/demo/logs"),
                Path.of("/srv/somebody/.cache/deepflow-demo"),
                Optional.of(URI.create("http://127.0.0.1:4418")),
                URI.create("http://127.0.0.1:20516"),
                2.5,
                Duration.ofSeconds(60),
                7,
                true,
                true));
  }

  @Test
  void takesSettingsFromTheEnvironmentUnderNamesOfItsOwn() throws Exception {
    DemoConfig config =
        config(
            Map.of(
                "DEEPFLOW_DEMO_OTLP", "http://127.0.0.1:4418",
                "DEEPFLOW_DEMO_REVEAL", "true",
                "XDG_CACHE_HOME", "/var/cache"));

    assertThat(config.otlp()).contains(URI.create("http://127.0.0.1:4418"));
    assertThat(config.reveal()).isTrue();
    assertThat(config.cache()).isEqualTo(Path.of("/var/cache/deepflow-demo"));
  }

  @Test
  void drawsASeedThatIsShortEnoughToBeTypedAgain() throws Exception {
    assertThat(config(HOME).seed()).isBetween(0L, 999_999L);
  }

  @Test
  void saysEverythingThatIsWrongAtOnce() {
    assertThatThrownBy(() -> config(HOME, "--rate=0", "--otlp=localhost", "--sed=3"))
        .asInstanceOf(type(SettingsException.class))
        .extracting(SettingsException::problems)
        .asInstanceOf(list(String.class))
        .containsExactlyInAnyOrder(
            "demo.rate (--rate) is '0', but must be a number from 0.1 to 100",
            "demo.otlp (--otlp) is 'localhost', but must be an address such as"
                + " http://127.0.0.1:4318",
            "unknown argument '--sed=3': did you mean '--seed'?");
  }

  private static DemoConfig config(Map<String, String> environment, String... arguments)
      throws SettingsException {
    Settings settings = Settings.read(DemoSettings.all(), List.of(arguments), environment);
    return DemoSettings.config(settings, environment, new Random());
  }
}
