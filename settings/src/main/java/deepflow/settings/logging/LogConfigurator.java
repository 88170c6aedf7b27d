package deepflow.settings.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.StandardCharsets;

/// Configures Logback at its first use. In code: to read it from XML takes a sixth of an agent's
/// start.
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  private static final String APPENDER = "deepflow";

  /// Warns, with a stack trace, of every connection that a peer breaks: peers could fill the log.
  private static final String HTTP2_PEERS =
      "com.linecorp.armeria.internal.common.AbstractHttp2ConnectionHandler";

  /// Tells of each try to reach an API server that is away, several a second for each kind of
  /// objects, most with a stack trace. The server says once a minute what is wrong.
  private static final String KUBERNETES_CLIENT = "io.fabric8.kubernetes.client";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null
        || LogConfigurator.class.getResource("/logback-test.xml") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    apply(context, Logging.DEFAULT_LEVEL, false);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  static boolean configured(LoggerContext context) {
    return root(context).getAppender(APPENDER) != null;
  }

  static void apply(LoggerContext context, Level level, boolean json) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setName(APPENDER);
    appender.setContext(context);
    appender.setTarget(ConsoleTarget.SystemErr.getName());
    appender.setEncoder(json ? json(context) : text(context));
    appender.start();
    Logger root = root(context);
    root.detachAndStopAllAppenders();
    root.addAppender(appender);
    root.setLevel(level);
    Level ofLibraries = level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN;
    context.getLogger("com.linecorp.armeria").setLevel(ofLibraries);
    context.getLogger("io.netty").setLevel(ofLibraries);
    Level ofTriers = level.isGreaterOrEqual(Level.INFO) ? Level.ERROR : level;
    context.getLogger(HTTP2_PEERS).setLevel(ofTriers);
    context.getLogger(KUBERNETES_CLIENT).setLevel(ofTriers);
  }

  private static Logger root(LoggerContext context) {
    return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context) {
    TextLayout layout = new TextLayout();
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithFormattedMessage(true);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMDC(false);
    encoder.start();
    return encoder;
  }
}
