package deepflow.clickhouse;

import deepflow.clickhouse.ClickHouseException.Kind;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.regex.Pattern;

/// What it means when a server answers with an error, or not at all.
final class RemoteError {
  private static final String CODE_HEADER = "X-ClickHouse-Exception-Code";
  private static final Pattern OF_CLICKHOUSE = Pattern.compile("Code: \\d+\\.");
  private static final int SHOWN_CHARACTERS_MAX = 200;

  /// 192 UNKNOWN_USER, 193 WRONG_PASSWORD, 194 REQUIRED_PASSWORD, 516 AUTHENTICATION_FAILED.
  private static final Set<Integer> NOT_LET_IN = Set.of(192, 193, 194, 516);

  /// What a proxy says when nobody is behind it, or too many are in front.
  private static final Set<Integer> BUSY_STATUS = Set.of(408, 429, 502, 503, 504);

  private RemoteError() {}

  static boolean isOne(HttpResponse<?> response) {
    return response.statusCode() != 200 || response.headers().firstValue(CODE_HEADER).isPresent();
  }

  /// Whether ClickHouse itself says so: then the statement has ended. What a proxy says means only
  /// that the proxy waits no longer.
  static boolean isOfClickHouse(HttpResponse<?> response, String text) {
    return response.headers().firstValue(CODE_HEADER).isPresent()
        || OF_CLICKHOUSE.matcher(text).find();
  }

  /// An answer that is an error.
  static ClickHouseException of(
      HttpResponse<?> response, String text, boolean untrusted, RemoteClickHouseConfig config) {
    ClickHouseException said = EngineError.of(text, untrusted);
    if (NOT_LET_IN.contains(said.code()) || response.statusCode() == 401) {
      return new ClickHouseException(
          Kind.REFUSED,
          said.code(),
          "ClickHouse at %s does not let user '%s' in: check user and password (%s)"
              .formatted(config.url(), config.user(), shown(text)));
    }
    if (OF_CLICKHOUSE.matcher(text).find()) {
      return said;
    }
    String words =
        "%s answered with status %s, and not as ClickHouse does: %s"
            .formatted(config.url(), response.statusCode(), shown(text));
    return BUSY_STATUS.contains(response.statusCode())
        ? EngineError.busy(words)
        : EngineError.bug(words);
  }

  /// An answer of which not all came, or none.
  static ClickHouseException broken(RemoteClickHouseConfig config, Throwable cause) {
    return new ClickHouseException(
        Kind.BUSY,
        ClickHouseException.NO_CODE,
        "ClickHouse at %s can't be reached, or broke off: %s".formatted(config.url(), cause),
        cause);
  }

  private static String shown(String text) {
    String stripped = text.strip();
    return stripped.length() <= SHOWN_CHARACTERS_MAX
        ? stripped
        : stripped.substring(0, SHOWN_CHARACTERS_MAX) + "…";
  }
}
