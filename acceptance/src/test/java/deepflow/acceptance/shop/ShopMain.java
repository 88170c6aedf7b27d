package deepflow.acceptance.shop;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.Executors;

/// A shop with two pages: `/order` quotes a price and asks `/stock` over HTTP.
///
/// Under the javaagent one order is a trace of four spans: SERVER `/order`, INTERNAL `quote` (made
/// by hand, with an attribute of each type, an event and a link), CLIENT, SERVER `/stock`.
final class ShopMain {
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpServer server;

  private ShopMain() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    // The default executor has one thread, and an order waits for the stock.
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/order", this::order);
    server.createContext("/stock", exchange -> answer(exchange, "7"));
  }

  private void order(HttpExchange exchange) throws IOException {
    Tracer tracer = GlobalOpenTelemetry.getTracer("shop", "1.0");
    Span quote =
        tracer
            .spanBuilder("quote")
            .addLink(
                Span.current().getSpanContext(), Attributes.builder().put("why", "asked").build())
            .setAttribute("order.text", "три книги")
            .setAttribute("order.items", 3)
            .setAttribute("order.total", 12.75)
            .setAttribute("order.gift", true)
            .setAttribute(AttributeKey.stringArrayKey("order.tags"), List.of("new", "fragile"))
            .startSpan();
    String traceId = quote.getSpanContext().getTraceId();
    try (Scope _ = quote.makeCurrent()) {
      quote.addEvent("stock asked", Attributes.builder().put("attempt", 1).build());
      stock();
    } finally {
      quote.end();
    }
    answer(exchange, traceId);
  }

  private void stock() throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/stock");
    try {
      client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    try (var out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  public static void main(String[] arguments) throws IOException {
    ShopMain shop = new ShopMain();
    shop.server.start();
    // The test reads the port from here.
    System.out.println("listening on " + shop.server.getAddress().getPort());
  }
}
