package deepflow.server.querier.search;

import deepflow.server.querier.search.TraceQuery.Order;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a page ended.
///
/// @param order of the pages
/// @param position of the page's last trace in that order: its start or its duration, ns
/// @param traceId of that trace, 32 lower-case hexadecimal digits
public record Cursor(Order order, long position, String traceId) {

  private static final Pattern TEXT =
      Pattern.compile("(newest|slowest)\\.(-?\\d{1,19})\\.([0-9a-f]{32})");

  /// Reads what [#toString] gives.
  ///
  /// @throws SearchException when it is something else
  public static Cursor parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    try {
      if (matcher.matches()) {
        return new Cursor(
            Order.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
            Long.parseLong(matcher.group(2)),
            matcher.group(3));
      }
    } catch (NumberFormatException _) {
      // falls through to the refusal
    }
    throw new SearchException("cursor is not one of ours", "take it from the answer before");
  }

  @Override
  public String toString() {
    return "%s.%s.%s".formatted(order.name().toLowerCase(Locale.ROOT), position, traceId);
  }
}
