package deepflow.acceptance;

import deepflow.benchmarks.SpanMill;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A sender that sends a small request twenty times a second and notes how long each takes until it
/// is acknowledged; the server says how long they take until they are stored.
final class IngestPulse implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final URI agent;
  private final ServerClient server;
  private final SpanMill mill = LoadOn.mill("pulse", 1, 4);
  private final List<Duration> acknowledged = new ArrayList<>();
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final Thread thread;
  private volatile boolean ends;
  private double storedCount;
  private double storedSeconds;

  private IngestPulse(DeepFlow.Address address) {
    agent = address.deepFlowTraces();
    server = new ServerClient(address);
    thread = Thread.ofVirtual().start(this::run);
  }

  /// Begins to send.
  static IngestPulse on(DeepFlow.Address address) {
    return new IngestPulse(address);
  }

  /// What was measured since it was asked before.
  ///
  /// @param requests that were acknowledged
  /// @param slowest of them
  /// @param stored the mean time from the agent's taking a request to its being stored
  record Beat(int requests, Duration median, Duration slowest, Duration stored) {
    @Override
    public String toString() {
      return "%s requests, acknowledged in %s ms (slowest %s ms), stored in %s ms"
          .formatted(requests, median.toMillis(), slowest.toMillis(), stored.toMillis());
    }
  }

  private void run() {
    for (int number = 0; !ends; number++) {
      try {
        long start = System.nanoTime();
        int status =
            OtlpPost.from("127.0.0.1", agent, "application/x-protobuf", mill.request(number));
        synchronized (acknowledged) {
          acknowledged.add(Duration.ofNanos(System.nanoTime() - start));
        }
        if (status != 200) {
          failures.add("answered " + status);
        }
        Thread.sleep(PAUSE);
      } catch (IOException e) {
        failures.add(e.toString());
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  /// Requests that were not taken.
  List<String> failures() {
    return List.copyOf(failures);
  }

  Beat take() throws IOException, InterruptedException {
    List<Duration> all;
    synchronized (acknowledged) {
      all = new ArrayList<>(acknowledged);
      acknowledged.clear();
    }
    Collections.sort(all);
    HttpResponse<String> metrics = server.get("/metrics");
    double count = value(metrics.body(), "deepflow_server_lag_seconds_count ");
    double seconds = value(metrics.body(), "deepflow_server_lag_seconds_sum ");
    double mean = (seconds - storedSeconds) / Math.max(1, count - storedCount);
    storedCount = count;
    storedSeconds = seconds;
    return new Beat(
        all.size(), all.get(all.size() / 2), all.getLast(), Duration.ofNanos((long) (mean * 1e9)));
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    ends = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
