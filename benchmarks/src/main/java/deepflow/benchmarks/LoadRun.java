package deepflow.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// A load under way. Each sender keeps to its request, resent byte for byte, until it is accepted
/// or refused; so when a run has ended by [#finish], what was sent is what was accepted.
public final class LoadRun implements AutoCloseable {
  private final Load load;
  private final long started = System.nanoTime();
  private final AtomicLong next = new AtomicLong();
  private final LongAdder resends = new LongAdder();
  private final LongAdder acceptedRequests = new LongAdder();
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> refusals = new ConcurrentHashMap<>();
  private final BitSet accepted = new BitSet();
  private final Latencies latencies = new Latencies();
  private final Latencies lastSendings = new Latencies();
  private final List<Thread> senders = new ArrayList<>();
  private final CountDownLatch ended;
  private volatile long lastAccepted = started;
  private volatile boolean stopping;
  private volatile boolean abandoned;

  private LoadRun(Load load) {
    this.load = load;
    this.ended = new CountDownLatch(load.connections());
  }

  /// Starts the senders.
  public static LoadRun start(Load load) {
    LoadRun run = new LoadRun(load);
    for (int i = 0; i < load.connections(); i++) {
      Target target = load.targets().get(i % load.targets().size());
      run.senders.add(Thread.ofPlatform().name("load-" + i).start(() -> run.send(target)));
    }
    return run;
  }

  private void send(Target target) {
    try (Connection connection = connect(target)) {
      while (!stopping) {
        long number = next.getAndIncrement();
        if (number >= load.requests()) {
          return;
        }
        keepPace(number);
        if (!settle(connection, number)) {
          return;
        }
      }
    } finally {
      ended.countDown();
    }
  }

  private static Connection connect(Target target) {
    return switch (target) {
      case Target.Http(var endpoint, var gzip) -> new HttpConnection(endpoint, gzip);
      case Target.Grpc grpc -> new GrpcConnection(grpc);
    };
  }

  private void keepPace(long number) {
    double due = number * (load.mill().spansInRequest() / load.spansPerSecond()) * 1e9;
    long wait = (long) due - (System.nanoTime() - started);
    if (wait > 0) {
      LockSupport.parkNanos(wait);
    }
  }

  /// Sends one request until it has a final answer.
  ///
  /// @return false when the run was given up before there was one
  private boolean settle(Connection connection, long number) {
    byte[] request = load.mill().request(number);
    long first = System.nanoTime();
    int sendings = 0;
    while (!abandoned) {
      long sent = System.nanoTime();
      Answer answer = connection.send(request);
      if (!(answer instanceof Answer.Unsent) && ++sendings > 1) {
        resends.increment();
      }
      if (settles(answer, number, first, sent)) {
        return true;
      }
      LockSupport.parkNanos(pauseNanos(answer));
    }
    return false;
  }

  /// A little longer than was asked for, by chance: else all who were told the same come back at
  /// once.
  private long pauseNanos(Answer answer) {
    Duration asked = answer instanceof Answer.Again again ? again.retryAfter() : Duration.ZERO;
    long nanos = load.heedsRetryAfter() ? asked.toNanos() : 0;
    double jitter = 1 + ThreadLocalRandom.current().nextDouble() / 4;
    return Math.max(load.pauseBeforeResend().toNanos(), (long) (nanos * jitter));
  }

  private boolean settles(Answer answer, long number, long first, long sent) {
    return switch (answer) {
      case Answer.Accepted _ -> {
        accept(number, first, sent);
        yield true;
      }
      case Answer.Refused(String reason) -> {
        count(refusals, reason);
        yield true;
      }
      case Answer.Again(String reason, _) -> {
        count(failures, reason);
        yield false;
      }
      case Answer.Unsent(String reason) -> {
        count(failures, reason);
        yield false;
      }
    };
  }

  private void accept(long number, long first, long sent) {
    long now = System.nanoTime();
    synchronized (accepted) {
      accepted.set(Math.toIntExact(number));
    }
    latencies.add(now - first);
    lastSendings.add(now - sent);
    lastAccepted = now;
    acceptedRequests.increment();
  }

  private static void count(Map<String, LongAdder> counts, String reason) {
    counts.computeIfAbsent(reason, _ -> new LongAdder()).increment();
  }

  /// Requests accepted so far.
  public long acceptedRequests() {
    return acceptedRequests.sum();
  }

  /// The numbers of the requests accepted so far.
  public BitSet accepted() {
    synchronized (accepted) {
      return (BitSet) accepted.clone();
    }
  }

  /// How often a request that had been sent before was sent again, so far.
  public long resends() {
    return resends.sum();
  }

  /// Why requests were not settled at once, with how often, so far.
  public Map<String, Long> failures() {
    return sums(failures);
  }

  /// Begins no further request and waits until those under way are settled.
  ///
  /// @param patience after which what is still under way is given up and counted as unanswered
  public LoadReport stop(Duration patience) throws InterruptedException {
    stopping = true;
    return finish(patience);
  }

  /// Waits for the end of the load.
  ///
  /// @param patience after which what is still under way is given up and counted as unanswered
  public LoadReport finish(Duration patience) throws InterruptedException {
    boolean whole = ended.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    close();
    long sent = Math.min(next.get(), load.requests());
    long unanswered = whole ? 0 : sent - acceptedRequests.sum() - total(refusals);
    return report(unanswered);
  }

  private LoadReport report(long unanswered) {
    return new LoadReport(
        acceptedRequests.sum(),
        acceptedRequests.sum() * load.mill().spansInRequest(),
        resends.sum(),
        sums(failures),
        sums(refusals),
        unanswered,
        Duration.ofNanos(Math.max(1, lastAccepted - started)),
        latencies.quantile(0.5),
        latencies.quantile(0.99),
        lastSendings.quantile(0.99));
  }

  private static long total(Map<String, LongAdder> counts) {
    return counts.values().stream().mapToLong(LongAdder::sum).sum();
  }

  private static Map<String, Long> sums(Map<String, LongAdder> counts) {
    Map<String, Long> sums = new TreeMap<>();
    counts.forEach((reason, count) -> sums.put(reason, count.sum()));
    return sums;
  }

  /// Gives up whatever is still under way.
  @Override
  public void close() {
    stopping = true;
    abandoned = true;
    senders.forEach(LockSupport::unpark);
  }
}
