package deepflow.demo.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.trace.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import tools.jackson.databind.json.JsonMapper;

/// A service's HTTP server: JSON out, on a port that the system chooses.
final class Pages {
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpServer server;

  Pages() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(Executors.newCachedThreadPool());
  }

  /// Answers requests of one path.
  interface Page {
    /// Answers one of them.
    ///
    /// @return what becomes the answer's JSON
    Object answer(HttpExchange exchange) throws IOException, ShopException, SQLException;
  }

  Pages on(String path, Page page) {
    server.createContext(path, exchange -> answer(exchange, page));
    return this;
  }

  /// Starts to take requests.
  ///
  /// @return `host:port`
  String start() {
    server.start();
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, Page page) throws IOException {
    try {
      send(exchange, 200, page.answer(exchange));
    } catch (ShopException e) {
      if (e.status() >= 500) {
        Work.failed(Span.current(), e);
      }
      send(exchange, e.status(), Map.of("error", String.valueOf(e.getMessage())));
    } catch (SQLException | RuntimeException e) {
      Work.failed(Span.current(), e);
      send(exchange, 500, Map.of("error", e.toString()));
    }
  }

  private static void send(HttpExchange exchange, int status, Object answer) throws IOException {
    byte[] body = JSON.writeValueAsString(answer).getBytes(UTF_8);
    exchange.getResponseHeaders().set("content-type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /// A number of the request's query.
  ///
  /// @throws ShopException when it is missing or no number
  static int number(HttpExchange exchange, String name) throws ShopException {
    try {
      return Integer.parseInt(query(exchange).getOrDefault(name, ""));
    } catch (NumberFormatException _) {
      throw new ShopException(400, name + " is missing or no number");
    }
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new HashMap<>();
    String text = exchange.getRequestURI().getQuery();
    if (text != null) {
      for (String pair : text.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          query.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
      }
    }
    return query;
  }
}
