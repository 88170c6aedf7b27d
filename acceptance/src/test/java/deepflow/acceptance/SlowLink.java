package deepflow.acceptance;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// A wire between an agent and a server that carries only so many bytes a second, and can be cut.
final class SlowLink implements AutoCloseable {
  private static final int PIECE_BYTES = 4096;

  private final ServerSocket listener;
  private final int serverPort;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile double bytesPerSecond = Double.POSITIVE_INFINITY;

  private SlowLink(ServerSocket listener, int serverPort) {
    this.listener = listener;
    this.serverPort = serverPort;
  }

  /// Begins to carry connections to a server.
  ///
  /// @param serverPort on this host
  static SlowLink to(int serverPort) throws IOException {
    ServerSocket listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    SlowLink link = new SlowLink(listener, serverPort);
    Thread.ofVirtual().start(link::accept);
    return link;
  }

  /// Where the agent has to connect.
  int port() {
    return listener.getLocalPort();
  }

  /// Limits each direction of each connection from now on.
  void limit(double bytes) {
    bytesPerSecond = bytes;
  }

  /// Cuts every connection that is open; new ones are carried.
  void cut() {
    open.forEach(SlowLink::closeQuietly);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket agent = listener.accept();
        open.add(agent);
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        open.add(server);
        Thread.ofVirtual().start(() -> carry(agent, server));
        Thread.ofVirtual().start(() -> carry(server, agent));
      } catch (IOException e) {
        // The server is away, or this link is closed: the agent's side must see an end.
        cut();
      }
    }
  }

  private void carry(Socket from, Socket to) {
    byte[] piece = new byte[PIECE_BYTES];
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int read = in.read(piece); read > 0; read = in.read(piece)) {
        out.write(piece, 0, read);
        LockSupport.parkNanos((long) (read / bytesPerSecond * 1e9));
      }
    } catch (IOException e) {
      // One end went away; closing both tells the other.
      return;
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a socket", e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
