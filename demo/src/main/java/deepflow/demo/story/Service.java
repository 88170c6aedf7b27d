package deepflow.demo.story;

import java.util.Locale;

/// A process of the shop.
public enum Service {
  GATEWAY("Java", "the shop's pages over HTTP"),
  INVENTORY("Java", "stock: HTTP, a database"),
  ORDERS("Java", "orders: gRPC, a database, a queue"),
  PRICING("Python", "prices: HTTP, a database"),
  FULFILMENT("Node.js", "packs what comes from the queue");

  private final String language;
  private final String task;

  Service(String language, String task) {
    this.language = language;
    this.task = task;
  }

  /// Its `service.name`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String language() {
    return language;
  }

  /// What it does, for a person.
  public String task() {
    return task;
  }
}
