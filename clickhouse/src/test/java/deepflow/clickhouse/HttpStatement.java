package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.sun.net.httpserver.HttpExchange;
import deepflow.clickhouse.ClickHouseException.Kind;
import deepflow.clickhouse.block.NativeSink;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One request to the HTTP interface, and its answer.
final class HttpStatement {
  private static final Pattern KILL =
      Pattern.compile("KILL QUERY WHERE query_id = \\{id:String} SYNC");
  private static final Pattern INSERT_DATA =
      Pattern.compile("(?s)(INSERT INTO .*) FORMAT Native", Pattern.CASE_INSENSITIVE);
  private static final Pattern FORMAT = Pattern.compile(" FORMAT (\\w+)$");
  private static final Pattern NOT_WITH_READONLY =
      Pattern.compile("^(KILL|SYSTEM|CREATE|DROP|INSERT|ALTER|TRUNCATE)\\b");
  private static final int PIECE_BYTES = 1 << 16;

  private final HttpExchange exchange;
  private final EmbeddedClickHouse engine;
  private final Set<String> allSettings;
  private final RunningQueries running;
  private final String tag = randomTag();
  private boolean begun;

  HttpStatement(
      HttpExchange exchange,
      EmbeddedClickHouse engine,
      Set<String> allSettings,
      RunningQueries running) {
    this.exchange = exchange;
    this.engine = engine;
    this.allSettings = allSettings;
    this.running = running;
  }

  private static String randomTag() {
    var letters = new StringBuilder();
    ThreadLocalRandom.current().ints(16, 'a', 'z' + 1).forEach(letters::appendCodePoint);
    return letters.toString();
  }

  /// An error as the engine would say it.
  static ClickHouseException error(int code, String name, String words) {
    return new ClickHouseException(
        Kind.REFUSED, code, "Code: %s. DB::Exception: %s. (%s)".formatted(code, words, name));
  }

  /// Answers the request.
  ///
  /// @throws IOException which makes the server break the connection off
  void run() throws IOException {
    try {
      answer();
      exchange.close();
    } catch (ClickHouseException e) {
      fail(e);
    } finally {
      Thread.interrupted();
    }
  }

  private void answer() throws IOException, ClickHouseException {
    HttpArguments arguments = HttpArguments.read(exchange, allSettings);
    if (!exchange.getRequestMethod().equals("POST")
        || !exchange.getRequestURI().getPath().equals("/")) {
      throw error(48, "NOT_IMPLEMENTED", "only POST to / here");
    }
    running.begin(arguments.queryId());
    try {
      run(arguments);
    } finally {
      running.end(arguments.queryId());
    }
  }

  private void run(HttpArguments arguments) throws IOException, ClickHouseException {
    String sql = arguments.known().get("query");
    if (sql != null) {
      insert(arguments, sql);
      return;
    }
    Query query = arguments.query(new String(body().readAllBytes(), UTF_8));
    if (KILL.matcher(query.sql()).matches()) {
      running.kill(String.valueOf(query.parameters().get("id")));
      begin("Null");
    } else if (arguments.format().equals("Null")) {
      requireAllowed(query);
      engine.execute(query);
      begin("Null");
    } else {
      select(arguments, query);
    }
  }

  private InputStream body() throws IOException, ClickHouseException {
    String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
    InputStream body = exchange.getRequestBody();
    return switch (encoding) {
      case null -> body;
      case "zstd" -> new ZstdInputStreamNoFinalizer(body);
      default -> throw error(48, "NOT_IMPLEMENTED", "Content-Encoding " + encoding);
    };
  }

  private void insert(HttpArguments arguments, String sql) throws IOException, ClickHouseException {
    Matcher insert = INSERT_DATA.matcher(sql);
    if (!insert.matches() || !arguments.waitsForEnd()) {
      throw error(48, "NOT_IMPLEMENTED", "a query in the URL that takes no Native data");
    }
    InputStream data = body();
    engine.insert(arguments.query(insert.group(1)), sink -> copy(data, sink));
    begin("Null");
  }

  private static void copy(InputStream data, NativeSink<ClickHouseException> sink)
      throws ClickHouseException {
    byte[] piece = new byte[PIECE_BYTES];
    try {
      for (int length = data.read(piece); length >= 0; length = data.read(piece)) {
        sink.write(piece, 0, length);
      }
    } catch (IOException e) {
      throw error(33, "CANNOT_READ_ALL_DATA", "Cannot read all data: " + e);
    }
  }

  /// What a server refuses and the engine inside a process does not.
  private String requireAllowed(Query query) throws ClickHouseException {
    String canonical = canonical(query.sql());
    if (canonical.contains(" INTO OUTFILE ")) {
      throw error(358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed");
    }
    if (query.settings().getOrDefault("readonly", "0").equals("1")
        && NOT_WITH_READONLY.matcher(canonical).find()) {
      throw error(164, "READONLY", "Cannot execute query in readonly mode");
    }
    return canonical;
  }

  private String canonical(String sql) throws ClickHouseException {
    var format = Query.of("SELECT formatQuerySingleLine({q:String})").with("q", sql);
    try (Rows rows = engine.query(format)) {
      return rows.next() ? rows.getString(0) : "";
    } catch (ClickHouseException e) {
      if (String.valueOf(e.getMessage()).contains("Multi-statements are not allowed")) {
        throw e;
      }
      return sql;
    }
  }

  private void select(HttpArguments arguments, Query query)
      throws IOException, ClickHouseException {
    if (!arguments.format().equals(RemoteCall.ROWS)) {
      throw error(73, "UNKNOWN_FORMAT", "no " + arguments.format() + " here");
    }
    Matcher own = FORMAT.matcher(requireAllowed(query));
    String format = own.find() ? own.group(1) : RemoteCall.ROWS;
    try (Statement statement = engine.start(query)) {
      var rows = new RowBytes();
      boolean more = statement.fetch(rows);
      OutputStream out = begin(format);
      int headerBytes = 0;
      while (more) {
        out.write(rows.readBytes(rows.unread()));
        if (headerBytes == 0 && format.equals(RemoteCall.ROWS)) {
          headerBytes = headerBytes(rows);
          rows.skip(rows.unread());
        }
        boolean anew = !statement.goesOn();
        more = statement.fetch(rows);
        rows.skip(more && anew ? headerBytes : 0);
      }
    }
  }

  private static int headerBytes(RowBytes rows) {
    rows.position(0);
    try {
      RowHeader.read(rows);
    } catch (IllegalArgumentException _) {
      // of a type that can't be read; all texts of the header were read before
    }
    return rows.position();
  }

  private OutputStream begin(String format) throws IOException {
    head("X-ClickHouse-Format", format);
    exchange.sendResponseHeaders(200, 0);
    begun = true;
    return exchange.getResponseBody();
  }

  private void head(String name, String value) {
    var headers = exchange.getResponseHeaders();
    headers.set("X-ClickHouse-Server-Display-Name", "test");
    headers.set("X-ClickHouse-Timezone", "UTC");
    headers.set("X-ClickHouse-Exception-Tag", tag);
    headers.set(name, value);
  }

  private void fail(ClickHouseException e) throws IOException {
    int code = e.code() == ClickHouseException.NO_CODE ? 202 : e.code();
    String text = e.getMessage() + " (version " + engine.version() + ")\n";
    if (begun) {
      failAfterTheBeginning(text);
    }
    head("X-ClickHouse-Exception-Code", Integer.toString(code));
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(status(code), 0);
    exchange.getResponseBody().write((e.code() == code ? text : code(code, text)).getBytes(UTF_8));
    exchange.close();
  }

  private static String code(int code, String text) {
    return "Code: %s. DB::Exception: %s".formatted(code, text);
  }

  /// The status was sent long ago: the error goes into the body, which then ends without its last
  /// chunk.
  private void failAfterTheBeginning(String text) throws IOException {
    byte[] words = text.getBytes(UTF_8);
    String mark = "\r\n__exception__\r\n";
    OutputStream out = exchange.getResponseBody();
    out.write((mark + tag + "\r\n").getBytes(UTF_8));
    out.write(Arrays.copyOf(words, Math.min(words.length, 16 << 10)));
    out.write((words.length + " " + tag + mark).getBytes(UTF_8));
    out.flush();
    throw new IOException("breaks off");
  }

  private static int status(int code) {
    return switch (code) {
      case 516 -> 403;
      case 36, 43, 62, 6, 53, 386 -> 400;
      case 46, 47, 60, 81, 115, 73 -> 404;
      case 48 -> 501;
      case 159 -> 408;
      default -> 500;
    };
  }
}
