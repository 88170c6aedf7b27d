package deepflow.settings.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import deepflow.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private static final Logger LOG = LoggerFactory.getLogger("deepflow.agent.Forwarder");
  private static final PrintStream STDERR = System.err;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  LoggingTest() {
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void logAsBefore() {
    System.setErr(STDERR);
    LogConfigurator.apply(context(), Logging.DEFAULT_LEVEL, false);
  }

  @Test
  void aLineHasItsTimeInUtcItsLevelAndWhoSaysIt() {
    LogConfigurator.apply(context(), Logging.DEFAULT_LEVEL, false);

    LOG.info("Connected to {}", "127.0.0.1:20033");
    LOG.debug("not said");

    assertThat(written())
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  Forwarder - Connected to 127\\.0\\.0\\.1:20033\n");
  }

  @Test
  void whatAStrangerSentStaysOneLineAndColoursNoTerminal() {
    LogConfigurator.apply(context(), Logging.DEFAULT_LEVEL, false);

    LOG.warn("refused: {}", "a\nINFO  Agent - all is well\u001b[31m\u009b");

    assertThat(written())
        .endsWith("refused: a\\u000aINFO  Agent - all is well\\u001b[31m\\u009b\n")
        .hasLineCount(1);
  }

  @Test
  void aFailureComesWithItsCause() {
    LogConfigurator.apply(context(), Logging.DEFAULT_LEVEL, false);

    LOG.error("stopped", new IllegalStateException("why", new ArithmeticException("because")));

    assertThat(written())
        .contains("Forwarder - stopped\njava.lang.IllegalStateException: why\n")
        .contains("Caused by: java.lang.ArithmeticException: because");
  }

  @Test
  void jsonIsAnObjectALineAndTheLevelIsTheOneThatWasSet() throws Exception {
    Logging.apply(settings("--log-format", "json", "--log-level=debug"));

    LOG.debug("Connected to \"{}\"", "a\nb");

    assertThat(written())
        .hasLineCount(1)
        .startsWith("{")
        .contains("\"level\":\"DEBUG\"", "\"loggerName\":\"deepflow.agent.Forwarder\"")
        .contains("Connected to \\\"a\\nb\\\"");
  }

  @Test
  void librariesNeverSayMoreThanWarnings() throws Exception {
    Logging.apply(settings("--log-level", "trace"));
    LoggerFactory.getLogger("io.netty.util").info("chatter");
    LoggerFactory.getLogger("com.linecorp.armeria.server").warn("worth knowing");
    LOG.trace("own");

    assertThat(written()).doesNotContain("chatter").contains("worth knowing", "own");
  }

  @Test
  void triesToReachAnApiServerThatIsAwayFillNoLog() throws Exception {
    LogConfigurator.apply(context(), Logging.DEFAULT_LEVEL, false);
    var client =
        LoggerFactory.getLogger("io.fabric8.kubernetes.client.informers.impl.cache.Reflector");
    client.warn("not there, will retry", new IllegalStateException("refused"));
    client.error("worth knowing");

    assertThat(written()).doesNotContain("will retry", "refused").contains("worth knowing");
  }

  @Test
  void anErrorLevelHoldsForLibrariesToo() throws Exception {
    Logging.apply(settings("--log-level", "error"));
    LoggerFactory.getLogger("io.netty.util").warn("worth knowing");

    assertThat(written()).isEmpty();
  }

  private static Settings settings(String... arguments) throws Exception {
    return Settings.read(Logging.settings(), List.of(arguments), Map.of());
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  private String written() {
    return written.toString(StandardCharsets.UTF_8);
  }
}
