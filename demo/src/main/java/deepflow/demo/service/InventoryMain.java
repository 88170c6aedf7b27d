package deepflow.demo.service;

import deepflow.demo.story.Fault;
import deepflow.demo.story.Service;
import java.time.Duration;
import java.util.Map;
import java.util.Random;

/// inventory: what is in stock.
final class InventoryMain {
  private InventoryMain() {}

  /// The program; ends when its standard input does.
  public static void main(String[] arguments) throws Exception {
    Parent parent = new Parent(System.in, System.out);
    String faults = System.getenv().getOrDefault("SHOP_FAULTS", "");
    Work work = new Work(new Random(), Fault.decode(Service.INVENTORY, faults));
    InventoryDatabase database = new InventoryDatabase();
    Pages pages =
        new Pages()
            .on(
                "/stock",
                exchange -> {
                  work.run("choose shelf", Duration.ofMillis(3));
                  int items = Pages.number(exchange, "items");
                  return Map.of("pieces", database.pieces(items, work.oneByOne()));
                })
            .on(
                "/reserve",
                exchange -> {
                  work.run("reserve stock", Duration.ofMillis(3));
                  int items = Pages.number(exchange, "items");
                  return Map.of("reserved", database.pieces(items, work.oneByOne()));
                })
            .on(
                "/pick",
                exchange -> {
                  database.take(Pages.number(exchange, "sku"));
                  return Map.of("picked", 1);
                });
    parent.ready(Map.of("inventory", pages.start()));
    parent.awaitEnd();
    System.exit(0);
  }
}
