package deepflow.settings.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import org.jspecify.annotations.Nullable;

/// `2026-11-26T01:31:42.876Z INFO Forwarder - Connected`, in UTC.
final class TextLayout extends LayoutBase<ILoggingEvent> {
  private static final DateTimeFormatter MILLIS =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
  private static final int LEVEL_WIDTH = 5;

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(128);
    MILLIS.formatTo(event.getInstant(), line);
    String level = event.getLevel().toString();
    line.append(' ').append(level).append(" ".repeat(LEVEL_WIDTH - level.length() + 1));
    String logger = event.getLoggerName();
    line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(" - ");
    appendPrintable(line, event.getFormattedMessage());
    line.append('\n');
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(ThrowableProxyUtil.asString(thrown));
    }
    return line.toString();
  }

  /// A message may quote what a stranger sent: it stays one line, and no terminal obeys it.
  private static void appendPrintable(StringBuilder line, @Nullable String message) {
    String text = String.valueOf(message);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        line.append("\\u00").append(hex(c >> 4)).append(hex(c & 15));
      } else {
        line.append(c);
      }
    }
  }

  private static char hex(int digit) {
    return Character.forDigit(digit, 16);
  }
}
