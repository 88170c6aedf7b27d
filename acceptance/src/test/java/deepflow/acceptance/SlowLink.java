package deepflow.acceptance;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// A wire to a server that carries only so many bytes a second, can be cut, and can carry nothing
/// at all.
final class SlowLink implements AutoCloseable {
  private static final int PIECE_BYTES = 16_384;
  private static final long PAUSE_NANOS = 10_000_000;

  private final ServerSocket listener;
  private final int serverPort;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile double bytesPerSecond = Double.POSITIVE_INFINITY;
  private volatile Duration delay = Duration.ZERO;
  private volatile boolean hangs;
  private volatile boolean refuses;

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

  /// Carries each piece so much later from now on.
  void delay(Duration each) {
    delay = each;
  }

  /// Carries nothing and says nothing, as when a cable is pulled.
  void hang() {
    hangs = true;
  }

  /// Cuts every connection, now and at once whenever one is opened.
  void refuse() {
    refuses = true;
    cut();
  }

  /// Carries everything again as fast as it comes.
  void heal() {
    bytesPerSecond = Double.POSITIVE_INFINITY;
    delay = Duration.ZERO;
    hangs = false;
    refuses = false;
  }

  /// Cuts every connection that is open; new ones are carried.
  void cut() {
    open.forEach(SlowLink::closeQuietly);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket agent = listener.accept();
        if (refuses) {
          agent.close();
          continue;
        }
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
        LockSupport.parkNanos(delay.toNanos());
        while (hangs && !refuses) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
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
