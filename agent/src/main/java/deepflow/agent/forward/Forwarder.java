package deepflow.agent.forward;

import deepflow.agent.queue.BatchCursor;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.StoredBatch;
import deepflow.agent.queue.Uninterruptibles;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// ③ Sends the queue's batches, in order and byte for byte as they lie there, to one server at a
/// time. What the server has committed leaves the queue; after a break everything that it has not
/// is sent again.
public final class Forwarder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(200);

  private final DurableQueue queue;
  private final ForwardConfig config;
  private final BackOff backOff;
  private final ForwardMetrics metrics;
  private final Bandwidth bandwidth;
  private final ServerChoice choice;
  private final Complaints complaints = new Complaints(System::nanoTime);
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable Link link;
  private volatile boolean connected;
  private volatile boolean progressed;

  /// Whether what the server has has left the queue, as far as is known.
  private volatile boolean retired = true;

  private long highestSent;

  /// Since when the server takes batches, while it does.
  private long connectedNanos;

  private Forwarder(
      DurableQueue queue, ForwardConfig config, RandomGenerator random, MeterRegistry registry) {
    this.queue = queue;
    this.config = config;
    backOff = new BackOff(config.retryMin(), config.retryMax(), random);
    metrics = new ForwardMetrics(registry, config.tls());
    bandwidth = new Bandwidth(config.link().bytesPerSecond(), System::nanoTime);
    choice =
        new ServerChoice(
            config.servers(), queue.identity(), config.probeInterval(), random, System::nanoTime);
    // A platform thread: it reads files, which would pin a virtual one.
    thread = Thread.ofPlatform().name("forwarder").daemon().unstarted(this::run);
  }

  /// Begins to send what the queue holds.
  public static Forwarder start(
      DurableQueue queue, ForwardConfig config, RandomGenerator random, MeterRegistry registry) {
    Forwarder forwarder = new Forwarder(queue, config, random, registry);
    forwarder.thread.start();
    return forwarder;
  }

  /// Changes how fast it may write.
  ///
  /// @param bytesPerSecond 0 is no limit; null is the agent's own
  public void limit(@Nullable Long bytesPerSecond) {
    bandwidth.limit(
        bytesPerSecond == null ? config.link().bytesPerSecond() : bytesPerSecond.longValue());
  }

  /// Whether a server takes batches now.
  public boolean isConnected() {
    return connected;
  }

  private void run() {
    try (BatchCursor cursor = queue.cursor()) {
      while (!isClosing()) {
        attempt(cursor);
      }
    } catch (IOException e) {
      LOG.error("The forwarder could not close its files", e);
    } catch (RuntimeException | Error bug) {
      LOG.error(
          "The forwarder stopped: batches stay in the queue until the agent is restarted", bug);
      throw bug;
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void attempt(BatchCursor cursor) {
    progressed = false;
    ServerAddress address = choice.current();
    try {
      forward(address, cursor);
    } catch (IOException failed) {
      if (!isClosing()) {
        fail(address, failed);
      }
    } finally {
      link = null;
      connected(false);
      queue.saveLedger();
      forgetInterrupt();
    }
  }

  private void fail(ServerAddress address, IOException failed) {
    metrics.failures.increment();
    complain(address, failed);
    if (progressed) {
      choice.progressed();
    }
    choice.failed();
    // A welcome alone is no success: who breaks off after each one must not be asked at once.
    if (progressed || hasStood()) {
      backOff.reset();
    }
    pause();
  }

  /// Whether the connection was of use for longer than a pause lasts. The time until a welcome is
  /// none: who waits in vain for it would come back at once, to a server that has no time.
  private boolean hasStood() {
    return connected && System.nanoTime() - connectedNanos > config.retryMax().toNanos();
  }

  private void forward(ServerAddress address, BatchCursor cursor) throws IOException {
    refuseWhenSetBack();
    try (Link opened = Link.open(address, config, bandwidth, this::committed)) {
      link = opened;
      if (isClosing()) {
        return; // close() may have looked for a link before there was one
      }
      long from = introduce(opened);
      LOG.info("Sending to {}{}, after batch {}", address, opened.promise(), from);
      retire(from);
      complaints.forget();
      metrics.connections.increment();
      connectedNanos = System.nanoTime();
      connected(true);
      cursor.seek(from);
      sendAll(opened, cursor);
    }
  }

  /// Returns when the server takes this agent, with the number after which to go on.
  private long introduce(Link opened) throws IOException {
    return switch (opened) {
      case AcknowledgedLink acknowledged -> {
        LinkMessage.Welcome welcome = acknowledged.greet(hello());
        accept(welcome);
        yield welcome.committed();
      }
      case DeepFlowLink deepFlow -> {
        deepFlow.settle();
        yield queue.acknowledged();
      }
    };
  }

  private void connected(boolean now) {
    connected = now;
    metrics.connected(now);
  }

  private LinkMessage.Hello hello() {
    return new LinkMessage.Hello(
        LinkMessage.PROTOCOL_VERSION,
        queue.identity(),
        queue.epoch(),
        queue.oldest(),
        config.about());
  }

  /// Batches are numbered for one store: towards another one the same number says nothing.
  private void accept(LinkMessage.Welcome welcome) throws IOException {
    Identity known = queue.store();
    if (known == null) {
      adopt(welcome.store());
    } else if (!known.equals(welcome.store())) {
      throw new LinkException(
          "this server keeps its spans in store %s, but this agent's belong to store %s: point the agent at a server of that store, or, if the store is gone for good, delete the file 'store' in its queue's directory"
              .formatted(welcome.store(), known));
    }
    if (!queue.mayHaveSent(welcome.committed())) {
      queue.setBack(welcome.committed());
    }
    refuseWhenSetBack();
    queue.sends();
  }

  /// A directory that was put back gives numbers that the server has: what it sent would be taken
  /// for repeated, and retired unsent.
  private void refuseWhenSetBack() throws LinkException {
    String reason = queue.setBackReason();
    if (reason != null) {
      throw new LinkException(reason);
    }
  }

  private void adopt(Identity store) {
    try {
      queue.rememberStore(store);
      LOG.info("From now on spans go to store {} only", store);
    } catch (IOException full) {
      // The queue may be what fills the disk: sending is the way out.
      LOG.warn("Could not remember store {}: {}", store, full.toString());
    }
  }

  /// Until the connection breaks, the agent stops, or the preferred server is there again.
  private void sendAll(Link opened, BatchCursor cursor) throws IOException {
    Reports reports = new Reports(queue::report, opened, System::nanoTime);
    try (Probing probing = new Probing()) {
      while (!isClosing()) {
        forgetInterrupt();
        refuseWhenSetBack(); // the look for the preferred server may have found it out
        reports.sendWhenDue();
        if (probing.preferredTakes()) {
          handOver(opened);
          return;
        }
        StoredBatch batch = cursor.next(LOOK_INTERVAL);
        opened.check();
        if (batch != null) {
          count(batch, opened.send(batch));
        } else if (!retired) {
          retire(queue.acknowledged()); // no acknowledgement may come that would
        }
      }
    }
  }

  /// Waits for what was sent, so that nothing has to be sent again.
  private void handOver(Link opened) {
    try {
      opened.awaitCommitted();
    } catch (IOException broken) {
      LOG.debug(
          "The connection broke while the preferred server was waiting: {}", broken.toString());
    }
    LOG.info("The preferred server {} is there again", choice.order().getFirst());
    choice.returnToPreferred();
  }

  /// The looks for the preferred server, while another one is sent to.
  private final class Probing implements AutoCloseable {
    private @Nullable Probe probe;

    boolean preferredTakes() {
      if (probe != null && probe.isRunning()) {
        return false;
      }
      if (probe != null && probe.isTaken()) {
        return true;
      }
      ServerAddress due = choice.dueProbe();
      if (due != null) {
        probe =
            Probe.start(
                () -> Link.open(due, config, bandwidth, (_, _) -> {}), Forwarder.this::introduce);
      }
      return false;
    }

    @Override
    public void close() {
      if (probe != null) {
        probe.close();
      }
    }
  }

  /// Nobody is meant to interrupt this thread. Who does costs a connection at most: kept, the
  /// interrupt would close every file and connection that is opened, and make every wait a spin.
  private static void forgetInterrupt() {
    if (Thread.interrupted()) {
      LOG.debug("An interrupt was passed over");
    }
  }

  private void count(StoredBatch batch, Link.Sent sent) {
    metrics.batches.increment();
    metrics.spans.increment((double) batch.spans() - sent.tooLarge() - sent.unreadable());
    metrics.bytes.increment(sent.bytes());
    metrics.tooLargeSpans.increment(sent.tooLarge());
    metrics.unreadableSpans.increment(sent.unreadable());
    if (batch.number() <= highestSent) {
      metrics.resentBatches.increment();
    }
    highestSent = Math.max(highestSent, batch.number());
  }

  private void committed(long committed, Exchange.Covered covered) {
    switch (config.link().protocol()) {
      case ACKNOWLEDGED -> {
        metrics.acknowledgedBatches.increment(covered.batches());
        metrics.acknowledgedSpans.increment((double) covered.spans());
      }
      case DEEPFLOW -> {
        metrics.unacknowledgedBatches.increment(covered.batches());
        metrics.unacknowledgedSpans.increment((double) covered.spans());
        queue.sentUnacknowledged(covered.spans());
      }
    }
    progressed = true;
    retire(committed);
  }

  private void retire(long committed) {
    try {
      queue.acknowledge(committed);
      retired = true;
    } catch (IOException notRemoved) {
      // No reason to break off: it is tried again.
      if (retired) {
        LOG.warn("Could not remove what the server has: {}", notRemoved.toString());
      }
      retired = false;
    }
  }

  private void complain(ServerAddress address, IOException failed) {
    String said = failed instanceof LinkException ? failed.getMessage() : failed.toString();
    String reason = String.valueOf(said);
    if (complaints.isNews(address, reason)) {
      String then = queue.setBackReason() == null ? " and are sent later" : "";
      LOG.warn("Can't send to {}: {}. Spans stay in the queue{}", address, reason, then);
    }
  }

  private void pause() {
    try {
      boolean closed = closing.await(backOff.next().toNanos(), TimeUnit.NANOSECONDS);
      LOG.trace("pause over, closing: {}", closed);
    } catch (InterruptedException _) {
      LOG.debug("A pause was cut short");
    }
  }

  /// Stops sending. What is not acknowledged stays in the queue.
  @Override
  public void close() {
    closing.countDown();
    Link open = link;
    if (open == null) {
      thread.interrupt(); // it may be connecting, to a server that isn't there
    } else {
      open.cut();
    }
    Uninterruptibles.join(thread);
  }
}
