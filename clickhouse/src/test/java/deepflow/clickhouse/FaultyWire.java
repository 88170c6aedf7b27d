package deepflow.clickhouse;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A wire to a server that can be cut after so many bytes in either direction, carry nothing, or
/// answer by itself.
final class FaultyWire implements AutoCloseable {
  private static final int PIECE_BYTES = 1024;

  private final ServerSocket listener;
  private final int serverPort;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong requestBytes = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong answerBytes = new AtomicLong(Long.MAX_VALUE);
  private volatile boolean carriesNoAnswer;
  private volatile @Nullable Answer ownAnswer;
  private final AtomicReference<@Nullable Answer> impatient = new AtomicReference<>();

  private FaultyWire(int serverPort) throws IOException {
    this.serverPort = serverPort;
    listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  static FaultyWire to(int serverPort) throws IOException {
    return new FaultyWire(serverPort);
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  int connections() {
    return connections.get();
  }

  /// Cuts the connection when so many bytes have gone to the server from now on; once.
  void cutAfterRequestBytes(long bytes) {
    requestBytes.set(bytes);
  }

  /// Cuts the connection when so many bytes have come from the server from now on; once.
  void cutAfterAnswerBytes(long bytes) {
    answerBytes.set(bytes);
  }

  /// From now on answers get lost, and nobody is told.
  void carryNoAnswer(boolean lost) {
    carriesNoAnswer = lost;
  }

  /// From now on each request gets this answer, as from a proxy that nobody is behind.
  void answer(Answer answer) {
    ownAnswer = answer;
  }

  /// The next request goes to the server and gets this answer meanwhile, as from a proxy that waits
  /// no longer.
  void giveUpWith(Answer answer) {
    impatient.set(answer);
  }

  /// Whether any of its connections is open.
  boolean isInUse() {
    return open.stream().anyMatch(socket -> !socket.isClosed());
  }

  /// Cuts every connection that is open.
  void cut() {
    open.forEach(FaultyWire::close);
  }

  private void accept() {
    try {
      while (true) {
        Socket near = listener.accept();
        connections.incrementAndGet();
        var far = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        open.add(near);
        open.add(far);
        Thread.ofVirtual().start(() -> carry(near, far, requestBytes, false));
        Thread.ofVirtual().start(() -> carry(far, near, answerBytes, true));
      }
    } catch (IOException _) {
      // closed, or nobody is behind it
    }
  }

  private void carry(Socket from, Socket to, AtomicLong left, boolean answers) {
    byte[] piece = new byte[PIECE_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
        if (left.addAndGet(-length) < 0) {
          left.set(Long.MAX_VALUE);
          return;
        }
        Answer own = ownAnswer;
        if (!answers && own != null) {
          Thread.ofVirtual().start(() -> say(own, from));
        } else if (!answers || !carriesNoAnswer) {
          out.write(piece, 0, length);
          out.flush();
          Answer given = answers ? null : impatient.getAndSet(null);
          if (given != null) {
            Thread.ofVirtual().start(() -> say(given, from));
          }
        }
      }
    } catch (IOException _) {
      // one of the ends is gone, so the other goes too
    }
  }

  private static void say(Answer answer, Socket to) {
    try {
      answer.write(to.getOutputStream());
    } catch (IOException _) {
      // nobody listens any more
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // gone already
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }

  /// What is written for a request that fits in one piece.
  @FunctionalInterface
  interface Answer {
    void write(OutputStream out) throws IOException;
  }
}
