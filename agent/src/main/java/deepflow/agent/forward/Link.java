package deepflow.agent.forward;

import deepflow.agent.queue.StoredBatch;
import deepflow.agent.queue.Uninterruptibles;
import deepflow.wire.frame.LinkMessage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/// One connection to a server. The caller's thread sends; a second one reads what the server says;
/// a third one closes the connection when the server falls silent, which also frees a sender that
/// hangs in a write.
abstract sealed class Link implements AutoCloseable permits AcknowledgedLink, DeepFlowLink {
  /// Takes what left the agent's hands.
  @FunctionalInterface
  interface CommitmentSink {
    /// These batches need not be sent again.
    ///
    /// @param committed cumulative
    /// @param covered of this connection
    void committed(long committed, Exchange.Covered covered);
  }

  /// What became of a batch.
  ///
  /// @param bytes on the wire
  /// @param tooLarge spans that no frame can take
  /// @param unreadable spans that could not be taken out of the batch
  record Sent(int bytes, int tooLarge, int unreadable) {}

  private static final Duration WATCH_INTERVAL = Duration.ofMillis(200);

  final ForwardConfig config;
  final CommitmentSink sink;
  final Exchange exchange;
  private final Wire wire;
  private final Bandwidth bandwidth;
  private final Thread reader;
  private final Thread watch;

  Link(Wire wire, ForwardConfig config, Bandwidth bandwidth, CommitmentSink sink) {
    this.wire = wire;
    this.bandwidth = bandwidth;
    this.config = config;
    this.sink = sink;
    exchange = new Exchange(config.windowBytes());
    // A platform thread, because the sink removes segments: files would pin a virtual one.
    reader = Thread.ofPlatform().name("link-reader").daemon().unstarted(this::read);
    watch = Thread.ofVirtual().name("link-watch").unstarted(this::watch);
  }

  /// Connects.
  ///
  /// @throws IOException when the server can't be reached
  static Link open(
      ServerAddress server, ForwardConfig config, Bandwidth bandwidth, CommitmentSink sink)
      throws IOException {
    Wire wire = Wire.connect(server, config.tls(), config.connectTimeout());
    Link link =
        switch (config.link().protocol()) {
          case ACKNOWLEDGED -> new AcknowledgedLink(wire, config, bandwidth, sink);
          case DEEPFLOW -> new DeepFlowLink(wire, config, bandwidth, sink);
        };
    link.reader.start();
    link.watch.start();
    return link;
  }

  /// Sends a batch, as soon as there is room for it.
  ///
  /// @throws IOException when the connection is over
  abstract Sent send(StoredBatch batch) throws IOException;

  /// Says what became of all spans so far, when the server wants to know.
  ///
  /// @throws IOException when the connection is over
  abstract void report(LinkMessage.Report report) throws IOException;

  /// Takes what the server says until the connection ends.
  abstract void listen(Wire from) throws IOException;

  /// Waits until everything that was sent need not be sent again.
  ///
  /// @throws IOException when the connection ended before
  final void awaitCommitted() throws IOException {
    exchange.awaitNothingOutstanding();
  }

  /// What an operator should know of the connection, to stand behind the server's name.
  abstract String promise();

  /// What the server is accused of when it is silent too long.
  abstract String silence();

  /// Makes sure that the connection still stands.
  ///
  /// @throws IOException the reason, when the connection is over
  final void check() throws IOException {
    exchange.throwEnd();
  }

  /// Writes all of both, gathered, as fast as the bandwidth allows.
  final void write(ByteBuffer head, ByteBuffer body) throws IOException {
    int end = body.limit();
    ByteBuffer[] both = {head, body};
    try {
      do {
        int bytes = Math.min(end - body.position(), bandwidth.writeBytes());
        body.limit(body.position() + bytes);
        exchange.pause(bandwidth.take(head.remaining() + bytes));
        while (head.hasRemaining() || body.hasRemaining()) {
          wire.out().write(both);
        }
        exchange.progress();
      } while (body.limit() < end);
    } catch (IOException broken) {
      exchange.throwEnd(); // says more than "closed by another thread"
      throw broken;
    }
  }

  private void read() {
    try {
      listen(wire);
      exchange.end(new EOFException("the server closed the connection"));
    } catch (IOException broken) {
      exchange.end(broken);
    } finally {
      closeWire();
    }
  }

  private void watch() {
    while (!exchange.isEnded()) {
      if (exchange.isSilent(config.acknowledgementTimeout())) {
        exchange.end(
            new LinkException(
                "the server %s for %s s"
                    .formatted(silence(), config.acknowledgementTimeout().toSeconds())));
        closeWire();
      }
      exchange.awaitEnd(WATCH_INTERVAL.toNanos());
    }
  }

  private void closeWire() {
    try {
      wire.close();
    } catch (IOException e) {
      exchange.end(e);
    }
  }

  /// Ends the connection; for any thread. Idempotent.
  final void cut() {
    exchange.end(new LinkException("the agent is stopping"));
    closeWire();
  }

  /// Ends the connection and waits for its threads: none commits anything afterwards.
  @Override
  public void close() {
    cut();
    Uninterruptibles.join(reader);
    Uninterruptibles.join(watch);
  }
}
