package deepflow.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// OTLP/HTTP over a plain socket: an HTTP client of its own would take more processor time than the
/// server under test.
///
/// Understands exactly what OTLP servers answer: a status line, headers, and a body with a
/// Content-Length or in chunks.
final class HttpConnection implements Connection {
  /// An empty ExportTracePartialSuccess, which is success too.
  private static final byte[] NOTHING_REFUSED = {10, 0};

  private static final int TIMEOUT_MILLIS = 120_000;

  private final URI endpoint;
  private final boolean gzip;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  HttpConnection(URI endpoint, boolean gzip) {
    this.endpoint = endpoint;
    this.gzip = gzip;
  }

  @Override
  public Answer send(byte[] request) {
    Socket connected;
    try {
      connected = connected();
    } catch (IOException e) {
      close();
      return new Answer.Unsent(String.valueOf(e.getMessage()));
    }
    try {
      connected.getOutputStream().write(withHead(gzip ? zipped(request) : request));
      return read();
    } catch (IOException e) {
      close();
      return new Answer.Again(String.valueOf(e.getMessage()));
    }
  }

  private Socket connected() throws IOException {
    Socket open = socket;
    if (open != null) {
      return open;
    }
    Socket fresh = new Socket();
    fresh.setTcpNoDelay(true);
    fresh.setSoTimeout(TIMEOUT_MILLIS);
    socket = fresh;
    fresh.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), TIMEOUT_MILLIS);
    in = new BufferedInputStream(fresh.getInputStream());
    return fresh;
  }

  private static byte[] zipped(byte[] request) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream(request.length / 4);
    try (OutputStream gzip = new FastGzip(zipped)) {
      gzip.write(request);
    }
    return zipped.toByteArray();
  }

  /// At the level that costs least.
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 64 << 10);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /// Head and body in one write, so that they need not be two packets.
  private byte[] withHead(byte[] request) {
    // Not by a format: it would write the length in the digits of the machine's language.
    String head =
        "POST "
            + endpoint.getRawPath()
            + " HTTP/1.1\r\nHost: "
            + endpoint.getRawAuthority()
            + "\r\nContent-Type: application/x-protobuf\r\nContent-Length: "
            + request.length
            + (gzip ? "\r\nContent-Encoding: gzip" : "")
            + "\r\n\r\n";
    return whole(head.getBytes(ISO_8859_1), request);
  }

  private static byte[] whole(byte[] head, byte[] request) {
    byte[] whole = new byte[head.length + request.length];
    System.arraycopy(head, 0, whole, 0, head.length);
    System.arraycopy(request, 0, whole, head.length, request.length);
    return whole;
  }

  private Answer read() throws IOException {
    String statusLine = line();
    int status = Integer.parseInt(statusLine.substring(9, 12));
    int length = -1;
    boolean chunked = false;
    boolean last = false;
    Duration retryAfter = Duration.ZERO;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(15).trim());
      } else if (lower.startsWith("transfer-encoding:")) {
        chunked = lower.contains("chunked");
      } else if (lower.startsWith("connection:")) {
        last = lower.contains("close");
      } else if (lower.startsWith("retry-after:")) {
        retryAfter = Duration.ofSeconds(Long.parseLong(lower.substring(12).trim()));
      }
    }
    byte[] body = chunked ? chunks() : exactly(Math.max(length, 0));
    if (last) {
      close();
    }
    return judge(status, retryAfter, body);
  }

  private static Answer judge(int status, Duration retryAfter, byte[] body) {
    return switch (status) {
      case 200 ->
          body.length == 0 || Arrays.equals(body, NOTHING_REFUSED)
              ? new Answer.Accepted()
              : new Answer.Refused("partial success: " + new String(body, ISO_8859_1));
      case 429, 502, 503, 504 -> new Answer.Again("HTTP " + status, retryAfter);
      default -> new Answer.Refused("HTTP " + status + ": " + new String(body, ISO_8859_1));
    };
  }

  private byte[] chunks() throws IOException {
    byte[] body = new byte[0];
    while (true) {
      int size = Integer.parseInt(line().split(";", 2)[0].trim(), 16);
      byte[] chunk = exactly(size);
      line();
      if (size == 0) {
        return body;
      }
      int before = body.length;
      body = Arrays.copyOf(body, before + size);
      System.arraycopy(chunk, 0, body, before, size);
    }
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = input().readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection ended in the middle of an answer");
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int next = input().read(); next != '\n'; next = input().read()) {
      if (next < 0) {
        throw new EOFException("the connection ended before an answer");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  private InputStream input() throws IOException {
    InputStream open = in;
    if (open == null) {
      throw new EOFException("not connected");
    }
    return open;
  }

  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    in = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // Nothing is lost: what was not answered is sent again.
        return;
      }
    }
  }
}
