package deepflow.demo.load;

import deepflow.demo.story.Visit;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/// Sends customers into the shop at a steady pace, whether or not those before them have been
/// served.
public final class LoadDriver implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final int UNDER_WAY_MAX = 500;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final Semaphore room = new Semaphore(UNDER_WAY_MAX);
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final String gateway;
  private final Random random;
  private volatile boolean closed;

  /// How far it has come.
  ///
  /// @param failed requests that were answered with 5xx, or not at all
  public record Count(long requests, long failed) {}

  private LoadDriver(String gateway, Random random) {
    this.gateway = gateway;
    this.random = random;
  }

  /// Starts to send.
  ///
  /// @param gateway its `host:port`
  /// @param rate requests a second
  public static LoadDriver start(String gateway, double rate, Random random) {
    LoadDriver driver = new LoadDriver(gateway, random);
    Thread.ofVirtual().name("load").start(() -> driver.drive(rate));
    return driver;
  }

  public Count count() {
    return new Count(requests.get(), failed.get());
  }

  private void drive(double rate) {
    long interval = (long) (1e9 / rate);
    long next = System.nanoTime();
    try {
      while (!closed) {
        Visit visit = Visit.draw(random);
        int items = random.nextInt(1, 9);
        if (room.tryAcquire()) {
          Thread.ofVirtual().start(() -> send(visit, items));
        }
        next += interval;
        Thread.sleep(Duration.ofNanos(Math.max(0, next - System.nanoTime())));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(Visit visit, int items) {
    try {
      requests.incrementAndGet();
      if (http.send(request(visit, items), HttpResponse.BodyHandlers.discarding()).statusCode()
          >= 500) {
        failed.incrementAndGet();
      }
    } catch (IOException _) {
      failed.incrementAndGet();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      room.release();
    }
  }

  private HttpRequest request(Visit visit, int items) {
    String query =
        switch (visit.slip()) {
          case NONE, DECLINED -> "?page=" + items + "&items=" + items;
          case NO_SUCH_PAGE -> "?page=99";
          case EMPTY_BASKET -> "?items=0";
        };
    return HttpRequest.newBuilder(URI.create("http://" + gateway + visit.route().path() + query))
        .header("x-shop-customer", visit.header())
        .header("x-shop-bank", visit.slip() == Visit.Slip.DECLINED ? "declined" : "accepted")
        .timeout(PATIENCE)
        .build();
  }

  @Override
  public void close() {
    closed = true;
  }
}
