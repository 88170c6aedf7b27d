package deepflow.server.ingester.receive;

import deepflow.server.storage.AgentReport;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameMemory;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.tls.TlsContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One agent's connection: a thread that reads frames, and one that writes acknowledgements, so
/// that a slow reader at the other end never holds up the store.
final class AgentConnection {
  private static final Logger LOG = LoggerFactory.getLogger(AgentConnection.class);

  private static final int ABOUT_CHARS_MAX = 4096;

  private static final Duration INTRODUCTION_MAX = Duration.ofSeconds(30);

  private static final Duration SILENCE_MAX = Duration.ofMinutes(5);

  /// Well below the time for which an agent waits for the answer to its hello, 10 s.
  private static final Duration ATTACH_MAX = Duration.ofSeconds(4);

  private final SocketChannel channel;
  private final ByteChannel wire;
  private final String peer;
  private final FrameReader reader;
  private final Sessions sessions;
  private final BatchSink sink;
  private final Identity store;
  private final LinkMetrics metrics;
  private final InstantSource clock;
  private final CRC32C crc = new CRC32C();
  private volatile @Nullable Session session;
  private volatile boolean introduced;

  /// DeepFlow's own agents say no hello, and nothing while they have no spans. They don't listen
  /// either: of a connection that is closed they know when two frames are gone.
  private volatile boolean sendsTraces;

  private volatile boolean draining;

  private final Object acknowledgement = new Object();
  private long committed;
  private long written;
  private long said;
  private boolean closed;

  AgentConnection(SocketChannel channel, LinkEnd end) {
    this.channel = channel;
    this.peer = peer(channel);
    TlsContext tls = end.tls();
    this.wire = tls == null ? channel : new TlsEntrance(channel, tls);
    this.reader = new FrameReader(wire, end.memory());
    this.sessions = end.sessions();
    this.sink = end.sink();
    this.store = end.store();
    this.metrics = end.metrics();
    this.clock = end.clock();
  }

  /// Whether the other end takes a place, or memory, that others need: it has not said who it is, a
  /// frame doesn't come to its end, or it is silent and had nothing to say before.
  ///
  /// @param nowNanos as [System#nanoTime] counts
  boolean isOverdue(long nowNanos) {
    long silent = reader.silentNanos(nowNanos);
    boolean known = session != null || sendsTraces;
    return (!introduced && silent > INTRODUCTION_MAX.toNanos())
        || (!known && silent > SILENCE_MAX.toNanos())
        || reader.isSlow(nowNanos);
  }

  /// Reads until the connection ends.
  void run() throws InterruptedException {
    try {
      read();
    } catch (MalformedFrameException malformed) {
      metrics.malformedFrame();
      LOG.warn("{}: {}; connection closed", peer, malformed.getMessage());
    } catch (SSLException refused) {
      metrics.refusedTls();
      LOG.warn("{}: TLS failed: {}", peer, refused.getMessage());
    } catch (FrameMemory.BusyException busy) {
      metrics.noMemory();
      LOG.warn("{}: {}; connection closed, the agent sends again", peer, busy.getMessage());
    } catch (IOException broken) {
      LOG.debug("{}: {}", peer, broken.toString());
    } finally {
      reader.release();
      if (!draining) {
        close();
      }
    }
  }

  private void read() throws IOException, MalformedFrameException, InterruptedException {
    for (Frame frame = reader.read(); frame != null; frame = reader.read()) {
      if (draining) {
        return;
      }
      metrics.frame(frame.payload().remaining());
      introduced = true;
      switch (frame.type()) {
        case HELLO, WELCOME, BATCH, ACKNOWLEDGEMENT, REFUSAL, REPORT -> take(LinkMessage.of(frame));
        case OPENTELEMETRY, OPENTELEMETRY_COMPRESSED -> takeTraces(frame);
        case METRICS, SKYWALKING, DATADOG -> metrics.otherFrame();
      }
    }
  }

  private void take(LinkMessage message)
      throws IOException, MalformedFrameException, InterruptedException {
    switch (message) {
      case LinkMessage.Hello hello -> greet(hello);
      case LinkMessage.Batch batch -> takeBatch(batch);
      case LinkMessage.Report report -> takeReport(report);
      case LinkMessage.Welcome _, LinkMessage.Acknowledgement _, LinkMessage.Refusal _ ->
          throw new MalformedFrameException("an agent sends no such message", 4);
    }
  }

  private void greet(LinkMessage.Hello hello) throws IOException, InterruptedException {
    if (session != null) {
      refuse("one connection, one hello");
      return;
    }
    if (hello.protocolVersion() != LinkMessage.PROTOCOL_VERSION) {
      refuse(
          "this server speaks protocol version %s, not %s"
              .formatted(LinkMessage.PROTOCOL_VERSION, hello.protocolVersion()));
      return;
    }
    String about = hello.about().length() > ABOUT_CHARS_MAX ? "{}" : hello.about();
    Session found = sessions.of(hello.queue());
    Session.Attachment attachment = found.attach(this, hello.epoch(), about, ATTACH_MAX);
    while (attachment == Session.Attachment.ATTACHED && !sessions.keep(found)) {
      found.detach(this);
      found = sessions.of(hello.queue());
      attachment = found.attach(this, hello.epoch(), about, ATTACH_MAX);
    }
    switch (attachment) {
      case ATTACHED -> welcome(found, hello.queue(), about);
      case OUTDATED ->
          refuse("queue %s was opened again by a newer process".formatted(hello.queue()));
      case BUSY ->
          refuse("the store is busy: a batch of queue %s waits for it".formatted(hello.queue()));
    }
  }

  private void welcome(Session found, Identity queue, String about) throws IOException {
    session = found;
    found.touch(clock.instant());
    long welcome = found.committed();
    synchronized (acknowledgement) {
      committed = Math.max(committed, welcome);
      written = welcome;
      said = welcome;
    }
    LOG.info("agent {} connected from {}: {}", queue, peer, about);
    write(new LinkMessage.Welcome(store, welcome, /* takesReports= */ true));
    reader.allowLargeFrames();
    Thread.ofVirtual().name("acknowledge " + peer).start(this::writeAcknowledgements);
  }

  private void refuse(String reason) throws IOException {
    metrics.refusedConnection();
    LOG.warn("{}: refused: {}", peer, reason);
    write(new LinkMessage.Refusal(reason));
    close();
  }

  private void takeBatch(LinkMessage.Batch batch)
      throws MalformedFrameException, InterruptedException {
    Session current = session;
    if (current == null) {
      throw new MalformedFrameException("batch before hello", 4);
    }
    crc.reset();
    crc.update(batch.zstd().duplicate());
    if ((int) crc.getValue() != batch.crc32c()) {
      // The agent has it whole: on a new connection it comes again.
      throw new MalformedFrameException("batch %s was damaged".formatted(batch.number()), 12);
    }
    current.touch(clock.instant());
    // What waits for the store keeps the memory of its frame: nothing else bounds all that wait.
    if (current.put(this, batch.number(), new ReceivedBatch.Content.Sealed(copy(batch)), sink)) {
      metrics.newBatch();
    } else {
      metrics.repeatedBatch();
      acknowledge(current.committed());
    }
  }

  private void takeReport(LinkMessage.Report report) throws MalformedFrameException {
    Session current = session;
    if (current == null) {
      throw new MalformedFrameException("report before hello", 4);
    }
    Instant now = clock.instant();
    current.report(new AgentReport(current.agent(), now, report));
    current.touch(now);
  }

  private static LinkMessage.Batch copy(LinkMessage.Batch batch) {
    return new LinkMessage.Batch(batch.number(), batch.crc32c(), copy(batch.zstd()));
  }

  private static ByteBuffer copy(ByteBuffer source) {
    byte[] bytes = new byte[source.remaining()];
    source.duplicate().get(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private void takeTraces(Frame frame) throws InterruptedException {
    Session deepFlow = sessions.of(Identity.ofDeepFlowAgent(frame.header().agentId()));
    deepFlow.touch(clock.instant());
    metrics.unacknowledgedBatch();
    sendsTraces = true;
    Frame kept = new Frame(frame.header(), copy(frame.payload()));
    deepFlow.put(new ReceivedBatch.Content.Traces(kept), sink);
  }

  /// The store has the agent's batches up to this one.
  void acknowledge(long number) {
    synchronized (acknowledgement) {
      committed = Math.max(committed, number);
      acknowledgement.notifyAll();
    }
  }

  private void writeAcknowledgements() {
    try {
      for (long next = nextCommitted(); next >= 0; next = nextCommitted()) {
        write(new LinkMessage.Acknowledgement(next));
        said(next);
      }
    } catch (IOException gone) {
      LOG.debug("{}: {}", peer, gone.toString());
    } catch (InterruptedException _) {
      LOG.debug("{}: told to stop", peer);
    } finally {
      // An agent that is told nothing any more would wait; so it comes again.
      close();
    }
  }

  private void said(long number) {
    synchronized (acknowledgement) {
      said = number;
      acknowledgement.notifyAll();
    }
  }

  /// Waits until the agent was told all that is committed, or until `deadlineNanos`, as
  /// [System#nanoTime] counts.
  void awaitSaid(long deadlineNanos) throws InterruptedException {
    synchronized (acknowledgement) {
      for (long left = deadlineNanos - System.nanoTime();
          session != null && !closed && said < committed && left > 0;
          left = deadlineNanos - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(acknowledgement, left);
      }
    }
  }

  /// @return -1 when the connection is closed
  private long nextCommitted() throws InterruptedException {
    synchronized (acknowledgement) {
      while (!closed && committed == written) {
        acknowledgement.wait();
      }
      written = committed;
      return closed ? -1 : committed;
    }
  }

  private void write(LinkMessage message) throws IOException {
    ByteBuffer frame = message.toFrame();
    while (frame.hasRemaining()) {
      wire.write(frame);
    }
  }

  /// No more is read; what was read goes its way, and is still acknowledged.
  void stopReading() {
    draining = true;
    if (wire instanceof TlsEntrance) {
      return; // TLS knows no half-closed connection: to end the input would end the answers too
    }
    try {
      channel.shutdownInput();
    } catch (IOException _) {
      close();
    }
  }

  /// Ends the connection. Idempotent.
  void close() {
    synchronized (acknowledgement) {
      closed = true;
      acknowledgement.notifyAll();
    }
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing a connection", e);
    }
    Session left = session;
    if (left != null) {
      left.detach(this);
      sessions.release(left);
    }
  }

  private static String peer(SocketChannel channel) {
    try {
      return String.valueOf(channel.getRemoteAddress());
    } catch (IOException _) {
      return "closed connection";
    }
  }
}
