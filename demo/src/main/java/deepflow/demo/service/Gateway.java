package deepflow.demo.service;

import com.sun.net.httpserver.HttpExchange;
import deepflow.demo.service.OrdersProtocol.Order;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.BaggageBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The shop's pages.
final class Gateway {
  /// What a thing costs when there is no pricing to ask.
  private static final int CENTS = 999;

  private final Work work;
  private final CompletableFuture<Peers> peers;

  /// The services that the gateway asks.
  ///
  /// @param pricing null when it doesn't run
  record Peers(HttpPeer inventory, @Nullable HttpPeer pricing, OrdersPeer orders) {
    static Peers of(Map<String, String> addresses) {
      String pricing = addresses.get("pricing");
      return new Peers(
          new HttpPeer("inventory", addresses.getOrDefault("inventory", "")),
          pricing == null ? null : new HttpPeer("pricing", pricing),
          new OrdersPeer(addresses.getOrDefault("orders", "")));
    }

    int cents(int items) throws ShopException {
      return pricing == null
          ? CENTS * items
          : pricing.get("/quote?items=" + items).path("cents").asInt(0);
    }
  }

  Gateway(Work work, CompletableFuture<Peers> peers) {
    this.work = work;
    this.peers = peers;
  }

  Pages pages() throws IOException {
    return new Pages()
        .on("/browse", visited(this::browse))
        .on("/cart", visited(this::cart))
        .on("/checkout", visited(this::checkout))
        .on("/account", visited(this::account));
  }

  /// Puts what the customer says of itself on the span, and into the baggage for all that follows.
  private Pages.Page visited(Pages.Page page) {
    return exchange -> {
      BaggageBuilder baggage = Baggage.current().toBuilder();
      String customer = exchange.getRequestHeaders().getFirst("x-shop-customer");
      for (String trait : customer == null ? new String[0] : customer.split(",", -1)) {
        int equals = trait.indexOf('=');
        if (equals > 0) {
          String value = trait.substring(equals + 1);
          baggage.put(trait.substring(0, equals), value);
          Span.current().setAttribute(trait.substring(0, equals), value);
        }
      }
      try (Scope _ = baggage.build().makeCurrent()) {
        work.run("check session", Duration.ofMillis(2));
        return page.answer(exchange);
      }
    };
  }

  private Object browse(HttpExchange exchange) throws ShopException {
    int page = Pages.number(exchange, "page");
    if (page > 9) {
      throw new ShopException(404, "there is no page " + page);
    }
    return peers.join().inventory().get("/stock?items=20");
  }

  private Object cart(HttpExchange exchange) throws ShopException {
    int items = items(exchange);
    peers.join().inventory().get("/stock?items=" + items);
    return Map.of("cents", peers.join().cents(items));
  }

  private Object checkout(HttpExchange exchange) throws ShopException {
    int items = items(exchange);
    boolean declined = "declined".equals(exchange.getRequestHeaders().getFirst("x-shop-bank"));
    int cents = peers.join().cents(items);
    return peers.join().orders().place(new Order(items, cents, declined));
  }

  private Object account(HttpExchange exchange) throws ShopException {
    int page = Pages.number(exchange, "page");
    if (page > 9) {
      throw new ShopException(404, "there is no page " + page);
    }
    return peers.join().orders().history(5);
  }

  private static int items(HttpExchange exchange) throws ShopException {
    int items = Pages.number(exchange, "items");
    if (items < 1) {
      throw new ShopException(400, "the basket is empty");
    }
    return items;
  }
}
