package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/// A statement as HTTP carries it.
///
/// @param arguments what stands in the URL, but for the `query_id`: settings, `param_…` and, when
///   the body is data, the query
/// @param body the query or, compressed, the data of an insert
/// @param effect what it does
/// @param untrusted whether a user wrote the statement; then an error in it is the user's
/// @param answerMax how long the answer may take to begin, and how long to go on
record RemoteCall(
    Map<String, String> arguments,
    BodyPublisher body,
    Effect effect,
    boolean untrusted,
    Duration answerMax) {
  static final String ROWS = "RowBinaryWithNamesAndTypes";

  /// What the engine inside the process is told as well (see [EngineSettings]), and what it does by
  /// itself. Limits of memory and threads are the server's own.
  private static final Map<String, String> SETTINGS =
      Map.of(
          "async_insert",
          "0",
          "input_format_skip_unknown_fields",
          "0",
          "allow_introspection_functions",
          "0",
          "implicit_select",
          "0",
          "mutations_sync",
          "1");

  /// Below the 128 KiB that a server takes as one value of a URL (`http_max_field_value_size`,
  /// which counts what stands there).
  private static final int VALUE_CHARS_MAX = 120_000;

  /// Of one character.
  private static final int ENCODED_CHARS_MAX = 9;

  static RemoteCall query(Query query, RemoteClickHouseConfig config) {
    var arguments = new LinkedHashMap<>(SETTINGS);
    String seconds = Long.toString(Math.max(1, config.queryTimeout().toSeconds()));
    arguments.put("max_execution_time", seconds);
    if (query.untrusted()) {
      arguments.put("readonly", "1");
    }
    arguments.put("default_format", ROWS);
    String sql = withOwn(arguments, query);
    return new RemoteCall(
        arguments,
        BodyPublishers.ofString(sql),
        Effect.READ,
        query.untrusted(),
        answerMax(arguments.getOrDefault("max_execution_time", seconds), config));
  }

  /// A query may take its time and then some; one without a limit as long as what writes.
  private static Duration answerMax(String seconds, RemoteClickHouseConfig config) {
    double limit = Double.parseDouble(seconds);
    return limit == 0
        ? config.writeTimeout()
        : Duration.ofMillis((long) (limit * 1000)).plus(config.silenceMax());
  }

  /// The status waits for the end, so that it says how the statement ended.
  static RemoteCall statement(Query statement, Duration max) {
    var arguments = new LinkedHashMap<>(SETTINGS);
    arguments.put("default_format", "Null");
    arguments.putAll(EngineSettings.DROPS);
    arguments.put("wait_end_of_query", "1");
    String sql = withOwn(arguments, statement);
    return new RemoteCall(arguments, BodyPublishers.ofString(sql), Effect.WRITE, false, max);
  }

  /// Ends another statement, and waits for its end.
  static RemoteCall kill(String queryId, Duration max) {
    Query kill = Query.of("KILL QUERY WHERE query_id = {id:String} SYNC").with("id", queryId);
    RemoteCall call = statement(kill, max);
    return new RemoteCall(call.arguments(), call.body(), Effect.KILL, false, max);
  }

  static RemoteCall insert(String sql, NativeData data, Duration max) throws ClickHouseException {
    var arguments = new LinkedHashMap<>(SETTINGS);
    arguments.put("wait_end_of_query", "1");
    arguments.put("query", sql + " FORMAT Native");
    CompressedData compressed = CompressedData.of(data);
    BodyPublisher body =
        BodyPublishers.fromPublisher(
            BodyPublishers.ofByteArrays(compressed.pieces()), compressed.length());
    return new RemoteCall(arguments, body, Effect.WRITE, false, max);
  }

  /// Adds settings and parameters to the URL, but for those that are too long for it.
  ///
  /// @return the statement, in which these stand as literals
  private static String withOwn(Map<String, String> arguments, Query query) {
    arguments.putAll(query.settings());
    var literals = new HashMap<>(query.parameters());
    ParameterText.of(query.sql(), query.parameters())
        .forEach((name, value) -> {
          if (!isTooLong(value)) {
            arguments.put("param_" + name, value);
            literals.remove(name);
          }
        });
    if (literals.isEmpty()) {
      return query.sql();
    }
    String sql = ParameterText.withLiterals(query.sql(), literals);
    // Who only reads may not set it.
    if (!query.untrusted()) {
      arguments.put("max_query_size", Integer.toString(sql.getBytes(UTF_8).length + 1));
    }
    return sql;
  }

  private static boolean isTooLong(String value) {
    return value.length() > VALUE_CHARS_MAX / ENCODED_CHARS_MAX
        && encode(value).length() > VALUE_CHARS_MAX;
  }

  /// Whether the body is data, which is a zstd frame.
  boolean compressed() {
    return arguments.containsKey("query");
  }

  /// The URL's part after the question mark.
  String urlQuery(String queryId) {
    var text = new StringJoiner("&");
    text.add("query_id=" + encode(queryId));
    arguments.forEach((name, value) -> text.add(name + "=" + encode(value)));
    return text.toString();
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, UTF_8).replace("+", "%20");
  }

  /// What a statement does.
  enum Effect {
    /// Only reads, so that it may be sent again.
    READ,
    /// May change something: nothing may come after it while it may still run.
    WRITE,
    /// Ends others.
    KILL
  }
}
