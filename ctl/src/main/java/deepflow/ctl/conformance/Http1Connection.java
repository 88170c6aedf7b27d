package deepflow.ctl.conformance;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/// One connection by HTTP/1.1, down to its bytes: checks of chunks, pipelines and expectations
/// decide themselves what is written when.
final class Http1Connection implements AutoCloseable {
  private static final int HEAD_LINES_MAX = 200;
  private static final int PIECE_BYTES = 16 << 10;
  private static final int LINE_BYTES_MAX = 64 << 10;

  private final Target target;
  private final Socket socket;
  private final InputStream in;

  private Http1Connection(Target target, Socket socket) throws IOException {
    this.target = target;
    this.socket = socket;
    in = new BufferedInputStream(socket.getInputStream(), 16 << 10);
  }

  static Http1Connection open(Target target, Options options) throws IOException {
    int millis = (int) options.timeout().toMillis();
    Socket plain = new Socket();
    plain.connect(new InetSocketAddress(target.socketHost(), target.port()), millis);
    plain.setSoTimeout(millis);
    plain.setTcpNoDelay(true);
    return new Http1Connection(target, target.tls() ? tls(plain, target, options) : plain);
  }

  private static Socket tls(Socket plain, Target target, Options options) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] any = {new AnyCertificate()};
      context.init(null, options.insecureTls() ? any : null, null);
      SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(plain, target.socketHost(), target.port(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"http/1.1"});
      parameters.setEndpointIdentificationAlgorithm(options.insecureTls() ? null : "HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS here: " + e.getMessage(), e);
    }
  }

  /// A request's head, with Content-Length unless the headers say otherwise.
  byte[] head(Call call) {
    StringBuilder head = new StringBuilder(call.method() + " " + call.path() + " HTTP/1.1\r\n");
    head.append("host: ").append(target.authority()).append("\r\n");
    call.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    if (!call.headers().containsKey("transfer-encoding") && !call.method().equals("GET")) {
      head.append("content-length: ").append(call.body().length).append("\r\n");
    }
    return head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void write(String ascii) throws IOException {
    write(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  /// Head and body, a small one in one piece.
  void write(Call call) throws IOException {
    if (call.body().length < PIECE_BYTES) {
      write(Traces.concat(head(call), call.body()));
    } else {
      write(head(call));
      write(call.body());
    }
  }

  /// Sends a request and reads its answer meanwhile: a server may answer before it has read all.
  Reply exchange(Call call) throws IOException {
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                write(call);
              } catch (IOException _) {
                // the server has had enough; its answer says why
              }
            });
    Reply reply = readFinal(call);
    writer.interrupt();
    return reply;
  }

  /// The next answer that is not a 1xx.
  Reply readFinal(Call call) throws IOException {
    Reply reply = read(call);
    while (reply.status() / 100 == 1) {
      reply = read(call);
    }
    return reply;
  }

  /// The next answer.
  Reply read(Call call) throws IOException {
    String statusLine = line();
    String[] parts = statusLine.split(" ", 3);
    if (!parts[0].startsWith("HTTP/1.") || parts.length < 2 || !parts[1].matches("[1-5]\\d\\d")) {
      throw new IOException("no HTTP/1.1 answer, but '" + Reply.shortened(statusLine) + "'");
    }
    int status = Integer.parseInt(parts[1]);
    Map<String, String> headers = headers();
    boolean hasBody =
        status / 100 != 1 && status != 204 && status != 304 && !call.method().equals("HEAD");
    return new Reply(status, headers, hasBody ? body(headers) : new byte[0], Map.of());
  }

  private Map<String, String> headers() throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 0; i < HEAD_LINES_MAX; i++) {
      String line = line();
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new IOException("no header, but '" + Reply.shortened(line) + "'");
      }
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.merge(name, line.substring(colon + 1).strip(), (a, b) -> a + ", " + b);
    }
    throw new IOException("more than " + HEAD_LINES_MAX + " headers");
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      return chunks();
    }
    String length = headers.get("content-length");
    if (length == null) {
      return exactly(in.readNBytes(Client.REPLY_BYTES_MAX), -1);
    }
    if (!length.matches("\\d{1,9}")) {
      throw new IOException("Content-Length is '" + Reply.shortened(length) + "'");
    }
    int bytes = Math.min(Integer.parseInt(length), Client.REPLY_BYTES_MAX);
    return exactly(in.readNBytes(bytes), bytes);
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String size = line().replaceFirst(";.*", "").strip();
      if (!size.matches("[0-9a-fA-F]{1,7}")) {
        throw new IOException("no chunk size, but '" + Reply.shortened(size) + "'");
      }
      int bytes = Integer.parseInt(size, 16);
      if (bytes == 0) {
        headers();
        return body.toByteArray();
      }
      body.write(exactly(in.readNBytes(bytes), bytes));
      line();
      if (body.size() > Client.REPLY_BYTES_MAX) {
        return body.toByteArray();
      }
    }
  }

  private static byte[] exactly(byte[] bytes, int expected) throws IOException {
    if (expected >= 0 && bytes.length != expected) {
      throw new EOFException("the answer ends after %s bytes".formatted(bytes.length));
    }
    return bytes;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the connection was closed without an answer");
      }
      line.write(next);
      if (line.size() > LINE_BYTES_MAX) {
        throw new IOException("a line of the answer's head has no end");
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException _) {
      // nothing is lost by it
    }
  }
}
