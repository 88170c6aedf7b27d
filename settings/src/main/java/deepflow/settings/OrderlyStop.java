package deepflow.settings;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends a process in order when it is told to stop, by SIGTERM or Ctrl-C, whenever that comes: a
/// program that is still starting is closed when it has started, because a process that ends with a
/// database open can crash.
///
/// It is closed when the start is over. What has not started by then never will, and nothing waits
/// for it.
public final class OrderlyStop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OrderlyStop.class);
  private static final Duration START_MAX = Duration.ofSeconds(60);

  private final CompletableFuture<Runnable> started = new CompletableFuture<>();

  private OrderlyStop() {}

  /// From now on this process ends in order.
  public static OrderlyStop whenTold() {
    OrderlyStop stop = new OrderlyStop();
    Runtime.getRuntime().addShutdownHook(new Thread(stop::stop, "stop"));
    return stop;
  }

  /// The program has started.
  ///
  /// @param close what ends it, called at most once
  public void started(Runnable close) {
    started.complete(close);
  }

  @Override
  public void close() {
    started.cancel(false);
  }

  private void stop() {
    ServiceManager.stopping();
    try {
      run(started.get(START_MAX.toSeconds(), TimeUnit.SECONDS));
      // A process that was asked to stop and did has done well: 143 would say otherwise.
      Runtime.getRuntime().halt(0);
    } catch (CancellationException | ExecutionException | TimeoutException e) {
      LOG.debug("stopped before it had started", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void run(Runnable close) {
    try {
      close.run();
    } catch (RuntimeException e) {
      LOG.error("the end was not in order", e);
    }
  }
}
