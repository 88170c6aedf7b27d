package deepflow.settings.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import deepflow.settings.Kind;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import java.util.List;
import org.slf4j.LoggerFactory;

/// What an operator can set of a program's log.
public final class Logging {
  static final Level DEFAULT_LEVEL = Level.INFO;
  private static final String TEXT = "text";
  private static final String JSON = "json";

  public static final Setting<String> LEVEL =
      Setting.of(
          "log.level",
          "--log-level",
          Kind.oneOf("error", "warn", "info", "debug", "trace"),
          "info",
          "the least important lines that are logged");
  public static final Setting<String> FORMAT =
      Setting.of(
          "log.format",
          "--log-format",
          Kind.oneOf(TEXT, JSON),
          TEXT,
          "text for people, or json: one object a line");

  private Logging() {}

  /// The settings that every program has.
  public static List<Setting<?>> settings() {
    return List.of(LEVEL, FORMAT);
  }

  /// Logs as the settings say from now on. Does nothing when Logback was given another
  /// configuration (`-Dlogback.configurationFile`).
  public static void apply(Settings settings) {
    // Whoever sets nothing has what the configurator made, and waits for nothing.
    if (!settings.isExplicit(LEVEL) && !settings.isExplicit(FORMAT)) {
      return;
    }
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context
        && LogConfigurator.configured(context)) {
      Level level = Level.toLevel(settings.get(LEVEL));
      LogConfigurator.apply(context, level, settings.get(FORMAT).equals(JSON));
    }
  }
}
