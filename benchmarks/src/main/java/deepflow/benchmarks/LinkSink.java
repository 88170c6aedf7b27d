package deepflow.benchmarks;

import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A server of our link that checks each batch and acknowledges it.
final class LinkSink implements Sink {
  private final ServerSocketChannel server;
  private final AtomicLong requests = new AtomicLong();
  private volatile boolean paused;

  private LinkSink(ServerSocketChannel server) {
    this.server = server;
  }

  /// @param port 0 for one that is free
  static LinkSink open(int port) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    LinkSink sink = new LinkSink(server);
    Thread.ofPlatform().name("sink").daemon().start(sink::serve);
    return sink;
  }

  int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel channel = server.accept()) {
        acknowledgeAll(channel);
      } catch (AsynchronousCloseException _) {
        return;
      } catch (IOException | MalformedFrameException ended) {
        System.err.println("A connection to the sink ended: " + ended);
      }
    }
  }

  private void acknowledgeAll(SocketChannel channel) throws IOException, MalformedFrameException {
    FrameReader reader = new FrameReader(channel);
    reader.allowLargeFrames();
    try (BatchReader batches = new BatchReader()) {
      for (Frame frame = reader.read(); frame != null; frame = reader.read()) {
        while (paused) {
          LockSupport.parkNanos(1_000_000);
        }
        channel.write(answer(LinkMessage.of(frame), batches).toFrame());
      }
    }
  }

  private LinkMessage answer(LinkMessage message, BatchReader batches)
      throws MalformedFrameException {
    return switch (message) {
      case LinkMessage.Batch batch -> {
        batches.open(batch);
        while (batches.next()) {
          requests.incrementAndGet();
        }
        yield new LinkMessage.Acknowledgement(batch.number());
      }
      case LinkMessage.Hello _ -> new LinkMessage.Welcome(new Identity(1, 1), 0);
      case LinkMessage.Welcome _,
          LinkMessage.Acknowledgement _,
          LinkMessage.Refusal _,
          LinkMessage.Report _ ->
          throw new MalformedFrameException("an agent sends no such message", 0);
    };
  }

  @Override
  public long requests() {
    return requests.get();
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      System.err.println("The sink's port stays open: " + e);
    }
  }
}
