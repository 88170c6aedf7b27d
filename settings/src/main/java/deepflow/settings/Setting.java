package deepflow.settings;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/// One thing that an operator can set, under one name in each of the places where it can stand.
///
/// @param key path in the YAML file, kebab-case, with dots between the levels:
///   `agent.otlp-grpc-port`
/// @param flag on the command line: `--otlp-grpc-port`
/// @param environment variable: `DEEPFLOW_OTLP_GRPC_PORT`
/// @param kind what it accepts
/// @param defaultValue what holds when nobody sets it
/// @param secret whether its value is never printed
/// @param description one line for `--help`
public record Setting<T>(
    String key,
    String flag,
    String environment,
    Kind<T> kind,
    T defaultValue,
    boolean secret,
    String description) {

  public Setting {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(defaultValue, "defaultValue");
  }

  /// A setting whose environment variable follows from its flag: `--agent-port` is
  /// `DEEPFLOW_AGENT_PORT`.
  public static <T> Setting<T> of(
      String key, String flag, Kind<T> kind, T defaultValue, String description) {
    return new Setting<>(key, flag, environmentOf(flag), kind, defaultValue, false, description);
  }

  /// Where a program keeps its data.
  ///
  /// @param ofSystem where a package's program has it; the launcher names the user's own directory
  ///   instead
  public static Setting<Path> data(String ofSystem) {
    Path place = Path.of(System.getProperty("deepflow.data.default", ofSystem));
    return of("data", "--data", Kind.PATH, place, "directory for everything that is kept");
  }

  private static String environmentOf(String flag) {
    return "DEEPFLOW_" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /// The same setting with a value that is never printed.
  public Setting<T> asSecret() {
    return new Setting<>(key, flag, environment, kind, defaultValue, true, description);
  }

  /// The same setting with another default, for a program that wants one.
  public Setting<T> withDefault(T value) {
    return new Setting<>(key, flag, environment, kind, value, secret, description);
  }
}
