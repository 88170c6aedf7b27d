package deepflow.demo;

import deepflow.settings.Kind;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/// What a person can set of the demo, and how it becomes a [DemoConfig].
final class DemoSettings {
  private static final double RATE_MIN = 0.1;
  private static final double RATE_MAX = 100;

  /// Seeds that are drawn are short, so that a person can type one again.
  private static final int DRAWN_SEED_MAX = 1_000_000;

  private static final Kind<Optional<URI>> ADDRESS =
      new Kind<>(
          "an address such as http://127.0.0.1:4318",
          DemoSettings::address,
          address -> address.map(URI::toString).orElse(""));
  private static final Kind<Double> PER_SECOND =
      new Kind<>("a number from 0.1 to 100", DemoSettings::rate, DemoSettings::plain);
  private static final Kind<OptionalLong> NUMBER =
      new Kind<>(
          "a whole number",
          text -> OptionalLong.of(Long.parseLong(text)),
          number -> number.isPresent() ? Long.toString(number.getAsLong()) : "");

  static final Setting<Path> DATA =
      Setting.of(
          "data",
          "--data",
          Kind.PATH,
          Path.of(System.getProperty("deepflow.data.default", "deepflow-data")),
          "directory whose demo/logs takes what the services say");
  static final Setting<Optional<URI>> OTLP =
      of("otlp", ADDRESS, Optional.empty(), "where spans go; without it the agent here is found");
  static final Setting<Optional<URI>> UI =
      of(
          "ui",
          ADDRESS,
          Optional.of(URI.create("http://127.0.0.1:20416")),
          "where you look at traces; only printed");
  static final Setting<Double> RATE = of("rate", PER_SECOND, 5.0, "requests a second");
  static final Setting<Duration> DURATION =
      of("duration", Kind.DURATION, Duration.ZERO, "end after this time; 0 is at Ctrl-C only");
  static final Setting<OptionalLong> SEED =
      of("seed", NUMBER, OptionalLong.empty(), "decides what goes wrong; drawn when not given");
  static final Setting<Boolean> REVEAL =
      of("reveal", Kind.SWITCH, false, "tell at the end what went wrong, and for whom");
  static final Setting<Boolean> COLLECTOR =
      of("collector", Kind.SWITCH, false, "send through a real otel-collector (builds it with Go)");

  private DemoSettings() {}

  private static <T> Setting<T> of(String name, Kind<T> kind, T value, String description) {
    return new Setting<>(
        "demo." + name,
        "--" + name,
        "DEEPFLOW_DEMO_" + name.toUpperCase(Locale.ROOT),
        kind,
        value,
        false,
        description);
  }

  private static Optional<URI> address(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    URI uri = URI.create(text);
    if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
      throw new IllegalArgumentException();
    }
    return Optional.of(uri);
  }

  private static double rate(String text) {
    double rate = Double.parseDouble(text);
    if (!(rate >= RATE_MIN && rate <= RATE_MAX)) {
      throw new IllegalArgumentException();
    }
    return rate;
  }

  private static String plain(double rate) {
    return rate == Math.rint(rate) ? Long.toString((long) rate) : Double.toString(rate);
  }

  static List<Setting<?>> all() {
    return List.of(OTLP, UI, RATE, DURATION, SEED, REVEAL, COLLECTOR, DATA);
  }

  /// The configuration.
  ///
  /// @param environment of which `XDG_CACHE_HOME` and `HOME` say where the cache is
  static DemoConfig config(
      Settings settings, Map<String, String> environment, RandomGenerator random) {
    return new DemoConfig(
        settings.get(DATA).toAbsolutePath().resolve("demo").resolve("logs"),
        cache(environment),
        settings.get(OTLP),
        settings.get(UI).orElseGet(() -> UI.defaultValue().orElseThrow()),
        settings.get(RATE),
        settings.get(DURATION),
        settings.get(SEED).orElseGet(() -> random.nextInt(DRAWN_SEED_MAX)),
        settings.get(REVEAL),
        settings.get(COLLECTOR));
  }

  private static Path cache(Map<String, String> environment) {
    String folder = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path base =
        folder.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache")
            : Path.of(folder);
    return base.resolve("deepflow-demo").toAbsolutePath();
  }
}
