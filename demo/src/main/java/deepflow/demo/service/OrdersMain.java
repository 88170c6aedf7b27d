package deepflow.demo.service;

import deepflow.demo.story.Fault;
import deepflow.demo.story.Service;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/// orders: takes orders, keeps them, and has them packed.
final class OrdersMain {
  private OrdersMain() {}

  /// The program; ends when its standard input does.
  public static void main(String[] arguments) throws Exception {
    Parent parent = new Parent(System.in, System.out);
    String faults = System.getenv().getOrDefault("SHOP_FAULTS", "");
    Work work = new Work(new Random(), Fault.decode(Service.ORDERS, faults));
    OrdersQueue queue = new OrdersQueue(new Random());
    CompletableFuture<HttpPeer> inventory = new CompletableFuture<>();
    OrdersApi api = new OrdersApi(work, new OrdersDatabase(), queue, inventory);
    parent.ready(Map.of("orders", api.start(), "queue", queue.address()));
    Map<String, String> peers = parent.peers();
    inventory.complete(new HttpPeer("inventory", peers.getOrDefault("inventory", "")));
    parent.awaitEnd();
    System.exit(0);
  }
}
