package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
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

  static RemoteCall query(Query query, RemoteClickHouseConfig config) {
    var arguments = new LinkedHashMap<>(SETTINGS);
    String seconds = Long.toString(Math.max(1, config.queryTimeout().toSeconds()));
    arguments.put("max_execution_time", seconds);
    if (query.untrusted()) {
      arguments.put("readonly", "1");
    }
    arguments.put("default_format", ROWS);
    Map<String, String> all = withOwn(arguments, query);
    return new RemoteCall(
        all,
        BodyPublishers.ofString(query.sql()),
        Effect.READ,
        query.untrusted(),
        answerMax(all.getOrDefault("max_execution_time", seconds), config));
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
    // A day that is over may be larger than the 50 GB that a server lets go without being asked.
    arguments.put("max_partition_size_to_drop", "0");
    arguments.put("wait_end_of_query", "1");
    return new RemoteCall(
        withOwn(arguments, statement),
        BodyPublishers.ofString(statement.sql()),
        Effect.WRITE,
        false,
        max);
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

  private static Map<String, String> withOwn(Map<String, String> arguments, Query query) {
    arguments.putAll(query.settings());
    ParameterText.of(query.sql(), query.parameters())
        .forEach((name, value) -> arguments.put("param_" + name, value));
    return arguments;
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
