package deepflow.ctl.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// Stands before a server and gets HTTP/1.1 wrong, in ways that no HTTP library does.
final class FaultyWire implements AutoCloseable {
  /// What it gets wrong.
  enum Cut {
    NOTHING,
    /// What comes together with a request.
    SECOND_REQUEST,
    /// Bodies without a length.
    CHUNKS,
    /// Requests that ask first.
    EXPECTATIONS,
    /// Bodies that don't come at once.
    PIECES
  }

  private final ServerSocket listening;
  private final int server;
  private volatile Cut cut = Cut.NOTHING;

  FaultyWire(int server) throws IOException {
    this.server = server;
    listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  void make(Cut wrong) {
    cut = wrong;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException _) {
        // closed, or a client that is gone again
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server)) {
      byte[] first = first(client.getInputStream());
      String answer = wrongAnswer(first);
      if (!answer.isEmpty()) {
        client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        return;
      }
      upstream.getOutputStream().write(whatIsSeen(first));
      Thread back = Thread.ofVirtual().start(() -> pump(upstream, client));
      pump(client, upstream);
      back.join();
    } catch (IOException _) {
      // the client sees a closed connection
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] first(InputStream in) throws IOException {
    byte[] buffer = new byte[64 << 10];
    int count = in.read(buffer);
    return Arrays.copyOf(buffer, Math.max(0, count));
  }

  private String wrongAnswer(byte[] first) {
    String text = new String(first, StandardCharsets.ISO_8859_1);
    String head = text.substring(0, Math.max(0, text.indexOf("\r\n\r\n"))).toLowerCase(Locale.ROOT);
    return switch (cut) {
      case NOTHING, SECOND_REQUEST -> "";
      case CHUNKS -> head.contains("transfer-encoding: chunked") ? end(411) : "";
      case EXPECTATIONS -> head.contains("expect:") ? end(417) : "";
      case PIECES ->
          head.contains("content-length")
                  && !head.contains("expect:")
                  && !head.contains("content-length: " + (first.length - head.length() - 4))
                  && text.split("POST ", -1).length == 2
              ? end(400)
              : "";
    };
  }

  private static String end(int status) {
    return "HTTP/1.1 " + status + " no\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
  }

  private byte[] whatIsSeen(byte[] first) {
    if (cut != Cut.SECOND_REQUEST) {
      return first;
    }
    int next = new String(first, StandardCharsets.ISO_8859_1).indexOf("POST ", 1);
    return next < 0 ? first : Arrays.copyOf(first, next);
  }

  private static void pump(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
      to.shutdownOutput();
    } catch (IOException _) {
      try {
        to.close();
      } catch (IOException _) {
        // it is closed all the same
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
