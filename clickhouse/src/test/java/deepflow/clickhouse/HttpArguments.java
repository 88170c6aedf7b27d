package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What the URL of a request to ClickHouse says, taken apart.
///
/// @param known names that are no settings: `query`, `query_id`, `default_format`,
///   `wait_end_of_query`
record HttpArguments(
    Map<String, String> known, Map<String, String> settings, Map<String, String> parameters) {
  private static final Set<String> KNOWN =
      Set.of("query", "query_id", "database", "default_format", "wait_end_of_query");
  private static final String PARAMETER = "param_";

  /// `http_max_field_value_size`.
  private static final int VALUE_CHARS_MAX = 128 << 10;

  /// Reads the URL, after the caller was let in.
  static HttpArguments read(HttpExchange exchange, Set<String> allSettings)
      throws ClickHouseException {
    authenticate(exchange.getRequestHeaders());
    var arguments =
        new HttpArguments(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
    String text = exchange.getRequestURI().getRawQuery();
    if (text != null) {
      for (String pair : text.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        if (value.length() > VALUE_CHARS_MAX) {
          throw HttpStatement.error(
              1000, "POCO_EXCEPTION", "HTML Form Exception: Field value too long");
        }
        arguments.add(name, decode(value), allSettings);
      }
    }
    return arguments;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, UTF_8);
  }

  private static void authenticate(Headers headers) throws ClickHouseException {
    String user = headers.getFirst("X-ClickHouse-User");
    if (!ClickHouseHttpServer.USER.equals(user)
        || !ClickHouseHttpServer.PASSWORD.equals(headers.getFirst("X-ClickHouse-Key"))) {
      throw HttpStatement.error(
          516,
          "AUTHENTICATION_FAILED",
          user
              + ": Authentication failed: password is incorrect, or there is no user with such name");
    }
  }

  private void add(String name, String value, Set<String> allSettings) throws ClickHouseException {
    Map<String, String> kind;
    if (name.startsWith(PARAMETER)) {
      kind = parameters;
    } else if (KNOWN.contains(name)) {
      kind = known;
    } else if (allSettings.contains(name)) {
      kind = settings;
    } else {
      throw HttpStatement.error(
          115,
          "UNKNOWN_SETTING",
          "Setting " + name + " is neither a builtin setting nor started with a custom prefix");
    }
    if (kind.putIfAbsent(name, value) != null) {
      throw HttpStatement.error(36, "BAD_ARGUMENTS", name + " stands twice in the URL");
    }
  }

  String queryId() {
    return known.getOrDefault("query_id", "");
  }

  String format() {
    return known.getOrDefault("default_format", "TabSeparated");
  }

  boolean waitsForEnd() {
    return known.getOrDefault("wait_end_of_query", "0").equals("1");
  }

  /// The statement with its settings and parameters, whose escapes are resolved.
  Query query(String sql) throws ClickHouseException {
    Set<String> withoutEscapes = ParameterText.plain(sql);
    var values = new LinkedHashMap<String, String>();
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      String name = parameter.getKey().substring(PARAMETER.length());
      boolean plain = withoutEscapes.contains(name);
      values.put(name, plain ? parameter.getValue() : unescape(name, parameter.getValue()));
    }
    return new Query(sql, values, settings, false);
  }

  /// One field of TSV, as a server reads a parameter.
  private static String unescape(String name, String text) throws ClickHouseException {
    var value = new StringBuilder();
    for (int at = 0; at < text.length(); at++) {
      char next = text.charAt(at);
      if (next == '\t' || next == '\n') {
        throw HttpStatement.error(
            457, "BAD_QUERY_PARAMETER", "Value of " + name + " cannot be parsed: it has a tab");
      }
      value.append(next == '\\' && at + 1 < text.length() ? escaped(text.charAt(++at)) : next);
    }
    return value.toString();
  }

  private static char escaped(char letter) {
    return switch (letter) {
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case '0' -> '\0';
      default -> letter;
    };
  }
}
