package deepflow.agent.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/// A connection on which a test writes what no HTTP client would.
final class Http1Socket implements AutoCloseable {
  private final Socket socket = new Socket();

  Http1Socket(int port) throws IOException {
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
  }

  /// A whole request.
  static byte[] post(String path, String type, byte[] body) {
    String head =
        "POST %s HTTP/1.1\r\nhost: agent\r\ncontent-type: %s\r\ncontent-length: %s\r\n\r\n"
            .formatted(path, type, body.length);
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(US_ASCII));
    request.writeBytes(body);
    return request.toByteArray();
  }

  void send(String text) throws IOException {
    send(text.getBytes(ISO_8859_1));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void send(byte[] bytes, int length) throws IOException {
    socket.getOutputStream().write(bytes, 0, length);
  }

  /// Sends bytes and reads one answer.
  String exchange(byte[] request) throws IOException {
    send(request);
    return answer();
  }

  /// Reads one answer: its head, and as many bytes of body as its head says. What there is of it
  /// when the connection ends before.
  String answer() throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return answer.toString();
      }
      answer.append((char) next);
    }
    int at = answer.indexOf("content-length: ");
    if (at >= 0) {
      String length = answer.substring(at + 16, answer.indexOf("\r\n", at));
      answer.append(new String(in.readNBytes(Integer.parseInt(length)), ISO_8859_1));
    }
    return answer.toString();
  }

  /// All that still comes before the connection ends, which it must.
  String rest() throws IOException {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(rest);
    } catch (SocketTimeoutException open) {
      throw new AssertionError("still open after " + rest, open);
    } catch (IOException reset) {
      // An end as well.
    }
    return rest.toString(ISO_8859_1);
  }

  InputStream in() throws IOException {
    return socket.getInputStream();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
