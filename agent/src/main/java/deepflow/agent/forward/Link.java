package deepflow.agent.forward;

import deepflow.agent.queue.StoredBatch;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameHeader;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// One connection to a server. The caller's thread sends; a second one reads what the server says;
/// a third one closes the connection when the server falls silent, which also frees a sender that
/// hangs in a write.
final class Link implements AutoCloseable {
  /// Takes what the server acknowledges.
  @FunctionalInterface
  interface AcknowledgementSink {
    /// The server has committed more.
    ///
    /// @param committed cumulative
    /// @param covered of this connection
    void acknowledged(long committed, Exchange.Covered covered);
  }

  private static final Duration WATCH_INTERVAL = Duration.ofMillis(200);

  private final SocketChannel channel;
  private final ForwardConfig config;
  private final AcknowledgementSink sink;
  private final Exchange exchange;
  private final ByteBuffer header = ByteBuffer.allocateDirect(FrameHeader.BYTES);
  private final Thread reader;
  private final Thread watch;

  private Link(SocketChannel channel, ForwardConfig config, AcknowledgementSink sink) {
    this.channel = channel;
    this.config = config;
    this.sink = sink;
    exchange = new Exchange(config.windowBytes());
    // A platform thread, because the sink removes segments: files would pin a virtual one.
    reader = Thread.ofPlatform().name("link-reader").daemon().start(this::read);
    watch = Thread.ofVirtual().name("link-watch").start(this::watch);
  }

  /// Connects.
  ///
  /// @throws IOException when the server can't be reached
  static Link open(ServerAddress server, ForwardConfig config, AcknowledgementSink sink)
      throws IOException {
    InetSocketAddress address = server.resolve();
    if (address.isUnresolved()) {
      throw new UnknownHostException("unknown host " + server.host());
    }
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.socket().connect(address, (int) config.connectTimeout().toMillis());
      return new Link(channel, config, sink);
    } catch (IOException | RuntimeException failed) {
      channel.close();
      throw failed;
    }
  }

  /// Says hello and waits for the answer.
  ///
  /// @throws IOException when the server refuses, or says nothing in time
  LinkMessage.Welcome greet(LinkMessage.Hello hello) throws IOException {
    write(hello.toFrame());
    try {
      return exchange.awaitWelcome(config.welcomeTimeout());
    } catch (EOFException ended) {
      // What a DeepFlow server does with a frame of a type that it doesn't know.
      throw new LinkException(
          "the server closed the connection after our hello: is it stopping, or a server of DeepFlow itself? Ours acknowledges what it stores, and only to such a server does this agent send");
    }
  }

  /// Sends a batch from where it lies, as soon as the window has room for it.
  ///
  /// @return bytes on the wire
  /// @throws IOException when the connection is over
  int send(StoredBatch batch) throws IOException {
    ByteBuffer payload = batch.payload().duplicate();
    int bytes = FrameHeader.BYTES + payload.remaining();
    exchange.awaitRoom(batch.number(), bytes, batch.spans());
    header.clear();
    LinkMessage.writeBatchHeader(header, payload.remaining());
    ByteBuffer[] frame = {header.flip(), payload};
    try {
      while (payload.hasRemaining()) {
        channel.write(frame);
      }
    } catch (IOException broken) {
      exchange.throwEnd(); // says more than "closed by another thread"
      throw broken;
    }
    return bytes;
  }

  /// Makes sure that the connection still stands.
  ///
  /// @throws IOException the reason, when the connection is over
  void check() throws IOException {
    exchange.throwEnd();
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private void read() {
    FrameReader frames = new FrameReader(channel);
    try {
      for (Frame frame = frames.read(); frame != null; frame = frames.read()) {
        take(LinkMessage.of(frame));
      }
      exchange.end(new EOFException("the server closed the connection"));
    } catch (MalformedFrameException malformed) {
      exchange.end(
          new LinkException("the server doesn't speak our link: " + malformed.getMessage()));
    } catch (IOException broken) {
      exchange.end(broken);
    } finally {
      closeChannel();
    }
  }

  private void take(LinkMessage message) throws IOException, MalformedFrameException {
    switch (message) {
      case LinkMessage.Welcome welcome -> exchange.welcome(welcome);
      case LinkMessage.Acknowledgement acknowledgement -> {
        Exchange.Covered covered = exchange.acknowledged(acknowledgement.committed());
        if (covered.batches() > 0) {
          sink.acknowledged(acknowledgement.committed(), covered);
        }
      }
      case LinkMessage.Refusal refusal ->
          throw new LinkException("the server refused: " + refusal.reason());
      case LinkMessage.Hello _, LinkMessage.Batch _ ->
          throw new MalformedFrameException("a server sends no such message", 4);
    }
  }

  private void watch() {
    while (!exchange.isEnded()) {
      if (exchange.isSilent(config.acknowledgementTimeout())) {
        exchange.end(
            new LinkException(
                "the server acknowledged nothing for %s s"
                    .formatted(config.acknowledgementTimeout().toSeconds())));
        closeChannel();
      }
      exchange.awaitEnd(WATCH_INTERVAL.toNanos());
    }
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException e) {
      exchange.end(e);
    }
  }

  /// Ends the connection; for any thread. Idempotent.
  void cut() {
    exchange.end(new LinkException("the agent is stopping"));
    closeChannel();
  }

  /// Ends the connection and waits for its threads: none acknowledges anything afterwards.
  @Override
  public void close() {
    cut();
    joinUninterruptibly(reader);
    joinUninterruptibly(watch);
  }

  private static void joinUninterruptibly(Thread thread) {
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
