package deepflow.benchmarks;

import com.sun.management.ThreadMXBean;
import deepflow.agent.forward.ForwardConfig;
import deepflow.agent.forward.Forwarder;
import deepflow.agent.forward.LinkConfig;
import deepflow.agent.forward.ServerAddress;
import deepflow.agent.queue.Admission;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.QueueConfig;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Measures steps ② and ③: offering threads that wait for each answer, the real queue on the real
/// disk, the real forwarder over loopback, and a server that acknowledges and does nothing else.
/// CPU time is that of the queue's and the forwarder's own threads.
///
/// Arguments: directory of a new queue, spans (4000000), offering threads (4).
public final class QueueBenchmark {
  private static final int SPANS_IN_REQUEST = 512;
  private static final int SPANS_IN_TRACE = 16;
  private static final double NANOS_OF_SECOND = 1e9;
  private static final double BYTES_OF_MB = 1e6;
  private static final List<String> MEASURED = List.of("queue-writer", "forwarder", "link-reader");
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private QueueBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    long spans = arguments.length > 1 ? Long.parseLong(arguments[1]) : 4_000_000;
    int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 4;
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (LinkSink sink = LinkSink.open(0);
        DurableQueue queue =
            DurableQueue.open(
                Path.of(arguments[0]),
                QueueConfig.ofCapacity(4L << 30),
                Clock.systemUTC(),
                registry);
        Forwarder _ = forwarder(queue, sink, registry)) {
      run(queue, spans / 4, threads, /* firstRequest= */ 0); // Warms up.
      Map<String, Long> before = cpuNanos();
      long allocatedBefore = allocatedBytes();
      double sentBefore = registry.get("deepflow.agent.forward.bytes").counter().count();
      long start = System.nanoTime();
      long bytes = run(queue, spans, threads, /* firstRequest= */ 1 << 24);
      double seconds = (System.nanoTime() - start) / NANOS_OF_SECOND;
      double sent = registry.get("deepflow.agent.forward.bytes").counter().count() - sentBefore;
      System.out.printf(
          "%.0f spans/s, %.0f MB/s in, %.1f bytes a span in, %.1f sent%n",
          spans / seconds, bytes / seconds / BYTES_OF_MB, (double) bytes / spans, sent / spans);
      report(before, spans, bytes);
      System.out.printf(
          "%.2f bytes allocated a span by these threads%n",
          (double) (allocatedBytes() - allocatedBefore) / spans);
      Timer sync = registry.get("deepflow.agent.queue.fsync").timer();
      System.out.printf(
          "%d syncs, mean %.2f ms, max %.1f ms%n",
          sync.count(), sync.mean(TimeUnit.MILLISECONDS), sync.max(TimeUnit.MILLISECONDS));
    }
  }

  private static Forwarder forwarder(
      DurableQueue queue, LinkSink sink, SimpleMeterRegistry registry) throws IOException {
    return Forwarder.start(
        queue,
        ForwardConfig.defaults(
            List.of(new ServerAddress("127.0.0.1", sink.port())),
            LinkConfig.DEFAULT,
            /* tls= */ null,
            "{}"),
        new Random(1),
        registry);
  }

  /// Offers spans and waits until the server has them all.
  ///
  /// @return bytes of the requests
  private static long run(DurableQueue queue, long spans, int threads, int firstRequest)
      throws InterruptedException {
    SpanMill mill =
        new SpanMill(
            "shop",
            42,
            System.currentTimeMillis() * 1_000_000,
            SPANS_IN_REQUEST / SPANS_IN_TRACE,
            SPANS_IN_TRACE);
    AtomicLong next = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    List<Thread> offering = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      offering.add(
          Thread.ofPlatform()
              .start(() -> {
                for (long n = next.getAndIncrement();
                    n * SPANS_IN_REQUEST < spans;
                    n = next.getAndIncrement()) {
                  bytes.addAndGet(offer(queue, mill, firstRequest + n));
                }
              }));
    }
    for (Thread thread : offering) {
      thread.join();
    }
    while (queue.acknowledged() < queue.durable()) {
      Thread.sleep(1);
    }
    return bytes.get();
  }

  private static int offer(DurableQueue queue, SpanMill mill, long number) {
    byte[] request = mill.request(number);
    Entry entry =
        new Entry(
            request,
            0,
            request.length,
            SPANS_IN_REQUEST,
            InetAddress.getLoopbackAddress(),
            new byte[1],
            System.currentTimeMillis() * 1_000_000,
            new Hash128(number, ~number));
    if (!(queue.offer(entry).join() instanceof Admission.Durable)) {
      throw new IllegalStateException("the queue is full: the disk or the sink is too slow");
    }
    return request.length;
  }

  private static void report(Map<String, Long> before, long spans, long bytes) {
    double all = 0;
    for (Map.Entry<String, Long> thread : cpuNanos().entrySet()) {
      double seconds =
          (thread.getValue() - before.getOrDefault(thread.getKey(), 0L)) / NANOS_OF_SECOND;
      all += seconds;
      System.out.printf("%-14s %.2f CPU s%n", thread.getKey(), seconds);
    }
    System.out.printf(
        "together       %.2f CPU s: %.0f spans and %.0f MB a CPU second, %.2f CPU ms a MB%n",
        all, spans / all, bytes / all / BYTES_OF_MB, 1e3 * all / (bytes / BYTES_OF_MB));
  }

  private static Map<String, Long> cpuNanos() {
    Map<String, Long> nanos = new HashMap<>();
    for (ThreadInfo thread : measured()) {
      nanos.merge(
          thread.getThreadName(), THREADS.getThreadCpuTime(thread.getThreadId()), Long::sum);
    }
    return nanos;
  }

  private static long allocatedBytes() {
    return measured().stream()
        .mapToLong(thread -> THREADS.getThreadAllocatedBytes(thread.getThreadId()))
        .sum();
  }

  private static List<ThreadInfo> measured() {
    List<ThreadInfo> found = new ArrayList<>();
    for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (thread != null && MEASURED.contains(thread.getThreadName())) {
        found.add(thread);
      }
    }
    return found;
  }
}
