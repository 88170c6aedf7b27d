package deepflow.demo.run;

import deepflow.demo.story.Fault;
import deepflow.demo.story.FaultPlan;
import deepflow.demo.story.Service;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// The processes of the shop.
public final class Shop implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofMinutes(5);
  private static final Duration END_MAX = Duration.ofSeconds(8);

  private final List<Child> children = new CopyOnWriteArrayList<>();
  private final Map<String, String> addresses = new TreeMap<>();

  /// Puts a real otel-collector between the services and the agent.
  ///
  /// @param home the module's folder
  /// @return where the services send then
  public URI startCollector(Path home, URI agent, Path logs)
      throws ShopDownException, InterruptedException {
    Collector collector = Collector.start(home, agent, logs);
    children.add(collector.child());
    return collector.endpoint();
  }

  /// Starts the services, all at once, and waits until they know each other.
  ///
  /// @param endpoint where they send, OTLP over HTTP
  public void start(Workshop.Services services, FaultPlan plan, URI endpoint, Path logs)
      throws ShopDownException, InterruptedException {
    List<Child> started = new ArrayList<>();
    for (Program program : services.programs()) {
      Child child =
          Child.start(
              program.service().label(),
              program.command(),
              environment(program, plan, endpoint),
              logs);
      started.add(child);
      children.add(child);
    }
    for (Child child : started) {
      addresses.putAll(child.awaitReady(START_MAX));
    }
    for (Child child : started) {
      child.tell(addresses);
    }
  }

  private static Map<String, String> environment(Program program, FaultPlan plan, URI endpoint) {
    Map<String, String> environment = new HashMap<>(program.environment());
    environment.put("SHOP_FAULTS", Fault.encode(plan.of(program.service())));
    environment.put("OTEL_SERVICE_NAME", program.service().label());
    environment.put(
        "OTEL_RESOURCE_ATTRIBUTES", "service.namespace=shop,deployment.environment.name=demo");
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.toString());
    environment.put("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    environment.put("OTEL_METRICS_EXPORTER", "none");
    environment.put("OTEL_LOGS_EXPORTER", "none");
    // Spans leave soon after they end; the default of 5 s would have a trace arrive in pieces.
    environment.put("OTEL_BSP_SCHEDULE_DELAY", "200");
    return environment;
  }

  /// Where something that a service offers is.
  ///
  /// @return `host:port`, or an empty text
  public String address(Service service) {
    return addresses.getOrDefault(service.label(), "");
  }

  /// Becomes an exception with the reason when a process ends that should not.
  public CompletableFuture<ShopDownException> failure() {
    CompletableFuture<?>[] ends =
        children.stream().map(Child::end).toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.anyOf(ends).thenApply(child -> ((Child) child).ended());
  }

  /// Tells all to end, the last that was started first, and waits until they are gone.
  @Override
  public void close() {
    List<Child> services = children.reversed();
    services.forEach(Child::release);
    services.forEach(child -> child.awaitEnd(END_MAX));
  }
}
