package deepflow.clickhouse;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connections to one server, and what is known of the statements there.
final class RemoteLink implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RemoteLink.class);
  private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
  private static final int KILLS_AT_ONCE = 64;

  private final RemoteClickHouseConfig config;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_MAX)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final Places killers;
  private final Set<RemoteStatement> running = ConcurrentHashMap.newKeySet();

  /// Statements that may have an effect yet, though nobody waits for them.
  private final Set<String> doubtful = ConcurrentHashMap.newKeySet();

  private final String name =
      "deepflow-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  private final AtomicLong lastNumber = new AtomicLong();

  RemoteLink(RemoteClickHouseConfig config) {
    this.config = config;
    killers = new Places("killer", KILLS_AT_ONCE, config.waitMax());
  }

  RemoteClickHouseConfig config() {
    return config;
  }

  /// A name that no other statement has, at any client.
  String nextId() {
    return name + "-" + lastNumber.incrementAndGet();
  }

  CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> send(
      RemoteCall call, String id) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(config.url() + path() + "?" + call.urlQuery(id)))
            .header("X-ClickHouse-User", config.user())
            .POST(call.body());
    if (!config.password().isEmpty()) {
      request.header("X-ClickHouse-Key", config.password());
    }
    if (call.compressed()) {
      request.header("Content-Encoding", "zstd");
    }
    return client.sendAsync(request.build(), BodyHandlers.ofPublisher());
  }

  private String path() {
    return config.url().getRawPath().isEmpty() ? "/" : "";
  }

  void began(RemoteStatement statement) {
    running.add(statement);
  }

  void ended(RemoteStatement statement) {
    running.remove(statement);
  }

  Set<RemoteStatement> running() {
    return Set.copyOf(running);
  }

  /// Ends a statement that may still run, and waits until it has. An interrupted caller waits too.
  void end(RemoteStatement statement) {
    switch (statement.effect()) {
      case READ -> kill(statement.id());
      case WRITE -> {
        if (!kill(statement.id())) {
          doubtful.add(statement.id());
        }
      }
      case KILL -> {}
    }
  }

  /// Makes sure that nothing runs any more whose result is unknown.
  void settle() throws ClickHouseException {
    doubtful.removeIf(this::kill);
    if (!doubtful.isEmpty()) {
      throw EngineError.busy(
          "ClickHouse at %s can't be asked whether an earlier statement still runs"
              .formatted(config.url()));
    }
  }

  private boolean kill(String id) {
    boolean interrupted = Thread.interrupted();
    try (var kill =
        new RemoteStatement(this, killers, RemoteCall.kill(id, config.silenceMax()), nextId())) {
      kill.send();
      kill.awaitEnd();
      return true;
    } catch (ClickHouseException | RemoteStatement.UnansweredException e) {
      log.warn("KILL QUERY failed: {}", e.getMessage());
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }
}
