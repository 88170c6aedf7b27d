package deepflow.server.labeler;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the snapshot that is in use near what is known: news are in it a quarter of a second
/// later, and it is not made so often that making it costs more than a tenth of one core, unless
/// news would wait for more than a second. What counts is the processor's time, not the clock's: a
/// machine that is busy makes it slowly, and labels must be right within five seconds all the same.
/// Who asks never waits.
///
/// Safe for use by many threads.
public final class Labeler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Labeler.class);
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final int SHARE = 10;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final InstantSource clock;
  private final List<ClusterInventory> clusters = new CopyOnWriteArrayList<>();
  private final Semaphore news = new Semaphore(0);
  private final Thread thread;
  private volatile LabelSnapshot snapshot = LabelSnapshot.empty();

  /// One that makes snapshots until it is closed.
  public Labeler(InstantSource clock) {
    this.clock = clock;
    thread = Thread.ofPlatform().daemon().name("label snapshots").start(this::run);
  }

  /// Makes room for one more cluster.
  public ClusterInventory add() {
    ClusterInventory cluster = new ClusterInventory(clock, news::release);
    clusters.add(cluster);
    refresh();
    return cluster;
  }

  /// The newest snapshot.
  public LabelSnapshot snapshot() {
    return snapshot;
  }

  private void run() {
    try {
      while (true) {
        news.acquire();
        Thread.sleep(PAUSE);
        int _ = news.drainPermits();
        Thread.sleep(refreshed());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// @return how long to rest afterwards
  private Duration refreshed() {
    long start = THREADS.getCurrentThreadCpuTime();
    try {
      refresh();
    } catch (Throwable e) {
      news.release();
      LOG.error("the news of Kubernetes wait, labels are given without, again in {}", RETRY, e);
      return RETRY;
    }
    long share = (THREADS.getCurrentThreadCpuTime() - start) * SHARE;
    return Duration.ofNanos(Math.min(share, PAUSE_MAX.toNanos()));
  }

  /// Makes the snapshot of now.
  synchronized void refresh() {
    Set<String> names = new HashSet<>();
    snapshot =
        new LabelSnapshot(
            clusters.stream().map(cluster -> cluster.index(names)).toList(),
            nanos(clock.instant()));
  }

  /// Since 1970-01-01 UTC.
  static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }

  /// Ends; the last snapshot stays.
  @Override
  public void close() {
    thread.interrupt();
  }
}
