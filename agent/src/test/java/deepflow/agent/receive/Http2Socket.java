package deepflow.agent.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;

/// An HTTP/2 connection on which a test writes the frames that no client would (RFC 9113, 4.1 and
/// 6).
final class Http2Socket implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;

  private final Socket socket = new Socket();
  private final DataInputStream in;

  /// A frame that came.
  record Frame(int type, int flags, int stream, ByteBuffer payload) {
    /// Of RST_STREAM, and of GOAWAY behind the last stream.
    int errorCode() {
      return payload.getInt(type == GOAWAY ? 4 : 0);
    }

    String text() {
      return ISO_8859_1.decode(payload.duplicate()).toString();
    }
  }

  Http2Socket(int port) throws IOException {
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
    in = new DataInputStream(socket.getInputStream());
    socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    send(SETTINGS, 0, 0, new byte[0]);
  }

  void send(int type, int flags, int stream, byte[] payload) throws IOException {
    socket.getOutputStream().write(frame(type, flags, stream, payload));
  }

  void send(byte[] frames) throws IOException {
    socket.getOutputStream().write(frames);
  }

  static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .putInt(payload.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /// The header block of a request with spans.
  static byte[] post(String... more) {
    ByteArrayOutputStream block = request("POST", "/v1/traces");
    literal(block, "content-type", "application/x-protobuf");
    for (int i = 0; i < more.length; i += 2) {
      literal(block, more[i], more[i + 1]);
    }
    return block.toByteArray();
  }

  /// The header block of a request without a body.
  static byte[] get(String path) {
    return request("GET", path).toByteArray();
  }

  private static ByteArrayOutputStream request(String method, String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", method);
    literal(block, ":scheme", "http");
    literal(block, ":path", path);
    literal(block, ":authority", "agent");
    return block;
  }

  /// Without Huffman coding or the dynamic table (RFC 7541, 6.2.2).
  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  /// A length in seven bits, and what doesn't fit in seven more each.
  private static void text(ByteArrayOutputStream block, String text) {
    int length = text.length();
    block.write(Math.min(length, 0x7F));
    for (int rest = length - 0x7F; rest >= 0; rest >>= 7) {
      block.write(rest > 0x7F ? (rest & 0x7F) | 0x80 : rest);
      if (rest <= 0x7F) {
        break;
      }
    }
    block.writeBytes(text.getBytes(US_ASCII));
  }

  Frame read() throws IOException {
    int lengthAndType = in.readInt();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(lengthAndType >>> 8);
    return new Frame(lengthAndType & 0xFF, flags, stream, ByteBuffer.wrap(payload));
  }

  /// The next frame of a type; those before it are passed over.
  Frame read(int type) throws IOException {
    Frame frame = read();
    while (frame.type() != type) {
      frame = read();
    }
    return frame;
  }

  /// The error code with which the agent ends the connection, which it then must close.
  int goAway() throws IOException {
    int code = read(GOAWAY).errorCode();
    untilClosed();
    return code;
  }

  /// Reads until the agent closes the connection, which it must.
  void untilClosed() throws IOException {
    try {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (SocketTimeoutException open) {
      throw new AssertionError("still open", open);
    } catch (IOException reset) {
      // An end as well.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
