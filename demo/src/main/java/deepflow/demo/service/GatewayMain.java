package deepflow.demo.service;

import deepflow.demo.story.Fault;
import deepflow.demo.story.Service;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/// gateway: the shop's pages.
final class GatewayMain {
  private GatewayMain() {}

  /// The program; ends when its standard input does.
  public static void main(String[] arguments) throws Exception {
    Parent parent = new Parent(System.in, System.out);
    String faults = System.getenv().getOrDefault("SHOP_FAULTS", "");
    Work work = new Work(new Random(), Fault.decode(Service.GATEWAY, faults));
    CompletableFuture<Gateway.Peers> peers = new CompletableFuture<>();
    parent.ready(Map.of("gateway", new Gateway(work, peers).pages().start()));
    peers.complete(Gateway.Peers.of(parent.peers()));
    parent.awaitEnd();
    System.exit(0);
  }
}
