package deepflow.agent.forward;

import deepflow.wire.tls.TlsChannel;
import deepflow.wire.tls.TlsContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Speaks TLS in front of a server that doesn't, and wants certificates of clients.
final class TlsFront implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final TlsContext context;
  private final ServerAddress server;
  private final List<SocketChannel> sockets = new CopyOnWriteArrayList<>();

  TlsFront(TlsContext context, ServerAddress server) throws IOException {
    this.context = context;
    this.server = server;
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::accept);
  }

  ServerAddress address() throws IOException {
    return new ServerAddress(
        "localhost", ((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel near = listener.accept();
        SocketChannel far = SocketChannel.open(server.resolve());
        sockets.addAll(List.of(near, far));
        TlsChannel tls = TlsChannel.server(near, context.current(), new byte[0], true);
        Thread.ofVirtual().start(() -> pump(tls, far));
        Thread.ofVirtual().start(() -> pump(far, tls));
      } catch (IOException _) {
        return;
      }
    }
  }

  private static void pump(ByteChannel from, ByteChannel to) {
    ByteBuffer bytes = ByteBuffer.allocate(16 << 10);
    try (from;
        to) {
      while (from.read(bytes.clear()) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
      }
    } catch (IOException _) {
      // One of both went away, so the other one must.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (SocketChannel socket : sockets) {
      socket.close();
    }
  }
}
