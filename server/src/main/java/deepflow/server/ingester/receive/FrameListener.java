package deepflow.server.ingester.receive;

import deepflow.wire.frame.FrameDecoder;
import deepflow.wire.frame.FrameMemory;
import deepflow.wire.frame.Identity;
import deepflow.wire.tls.TlsContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// ④ Listens for agents: a virtual thread a connection, which reads with blocking calls. An agent
/// waits, by TCP's own means, while nobody reads.
public final class FrameListener {
  private static final Logger LOG = LoggerFactory.getLogger(FrameListener.class);
  private static final int CONNECTIONS_MAX = 1024;

  private static final Duration WATCH_EVERY = Duration.ofSeconds(1);

  /// Of the heap, for frames that are being read. The largest frame has room in any case.
  private static final int HEAP_SHARE = 8;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration LAST_WORDS_MAX = Duration.ofSeconds(1);
  private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);
  private static final Duration COMPLAINT_PAUSE = Duration.ofMinutes(1);

  private final ServerSocketChannel server;
  private final LinkEnd end;
  private final Set<AgentConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;
  private long complained = System.nanoTime() - COMPLAINT_PAUSE.toNanos();
  private final Set<Thread> readers = ConcurrentHashMap.newKeySet();

  private FrameListener(ServerSocketChannel server, LinkEnd end) {
    this.server = server;
    this.end = end;
  }

  /// Opens the port; agents are served from now on.
  ///
  /// @param tls null for none
  /// @param store is told to agents
  /// @throws IOException when the address can't be had
  public static FrameListener open(
      InetSocketAddress address,
      @Nullable TlsContext tls,
      Sessions sessions,
      BatchSink sink,
      Identity store,
      LinkMetrics metrics,
      InstantSource clock)
      throws IOException {
    long share = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    long bytes = Math.max(share, 2L * FrameDecoder.LARGE_FRAME_BYTES_MAX);
    var memory = new FrameMemory(bytes, PATIENCE);
    ServerSocketChannel server = ServerSocketChannel.open();
    try {
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      server.bind(address);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    if (tls != null) {
      metrics.certificate(tls);
    }
    return on(server, new LinkEnd(tls, memory, sessions, sink, store, metrics, clock));
  }

  /// Serves those who come to an open port.
  static FrameListener on(ServerSocketChannel server, LinkEnd end) {
    var listener = new FrameListener(server, end);
    Thread.ofVirtual().name("accept agents").start(listener::accept);
    Thread.ofVirtual().name("watch agents").start(listener::watch);
    return listener;
  }

  /// The port, also when 0 was asked for.
  public int port() {
    return server.socket().getLocalPort();
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        take(server.accept());
      } catch (Throwable e) {
        pauseAfter(e);
      }
    }
  }

  /// What one connection breaks on must not end the others' only entrance.
  private void take(SocketChannel channel) {
    try {
      serve(channel);
    } catch (Throwable e) {
      complain(e);
      close(channel);
    }
  }

  /// Without file descriptors or memory, which may be free again soon.
  private void pauseAfter(Throwable e) {
    if (!server.isOpen()) {
      return;
    }
    complain(e);
    try {
      Thread.sleep(ACCEPT_PAUSE);
    } catch (InterruptedException _) {
      closeServer();
    }
  }

  /// Once a minute: what is wrong now is wrong for the next connection too.
  private void complain(Throwable e) {
    long now = System.nanoTime();
    if (now - complained >= COMPLAINT_PAUSE.toNanos()) {
      complained = now;
      LOG.warn("accepting a connection failed", e);
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing a connection", e);
    }
  }

  private void serve(SocketChannel channel) throws IOException {
    if (connections.size() >= CONNECTIONS_MAX) {
      end.metrics().refusedConnection();
      channel.close();
      return;
    }
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    var connection = new AgentConnection(channel, end);
    connections.add(connection);
    try {
      Thread.ofVirtual().name("agent").start(() -> read(connection));
    } catch (Throwable e) {
      connections.remove(connection);
      throw e;
    }
  }

  private void read(AgentConnection connection) {
    Thread reader = Thread.currentThread();
    readers.add(reader);
    try {
      connection.run();
    } catch (InterruptedException _) {
      connection.close();
    } finally {
      readers.remove(reader);
      if (!stopping) {
        connections.remove(connection);
      }
    }
  }

  private void watch() {
    while (!stopping) {
      try {
        Thread.sleep(WATCH_EVERY);
        closeOverdue(System.nanoTime());
      } catch (InterruptedException _) {
        return;
      } catch (Throwable e) {
        LOG.error("closing overdue connections failed, tried again in {}", WATCH_EVERY, e);
      }
    }
  }

  /// Closes connections that take what others need.
  ///
  /// @param nowNanos as [System#nanoTime] counts
  void closeOverdue(long nowNanos) {
    connections.removeIf(connection -> connection.isOverdue(nowNanos) && close(connection));
  }

  private boolean close(AgentConnection overdue) {
    end.metrics().overdue();
    overdue.close();
    return true;
  }

  /// Takes no more connections and no more frames. What was taken is still acknowledged.
  public void stopReading() {
    stopping = true;
    closeServer();
    connections.forEach(AgentConnection::stopReading);
  }

  /// Waits, for a second at most, until agents were told of what was committed since
  /// [#stopReading]: they need not send it again then.
  public void awaitAcknowledged() throws InterruptedException {
    long deadline = System.nanoTime() + LAST_WORDS_MAX.toNanos();
    for (AgentConnection connection : connections) {
      connection.awaitSaid(deadline);
    }
  }

  private void closeServer() {
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("closing the port failed", e);
    }
  }

  /// Ends everything. Idempotent.
  public void close() {
    stopping = true;
    closeServer();
    // First those who wait for room on a lane: they hold their session.
    readers.forEach(Thread::interrupt);
    connections.forEach(AgentConnection::close);
  }
}
