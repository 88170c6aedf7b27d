package deepflow.wire.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// TLS over a connected, blocking socket. One thread may read while another one writes. To close
/// the socket beneath ends both.
public final class TlsChannel implements ByteChannel, GatheringByteChannel {
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  /// Four records. What is written is copied into it first, so that a frame's header shares a
  /// record with what follows.
  private static final int WRITE_BYTES = 64 << 10;

  private final SocketChannel socket;
  private final InputStream in;
  private final OutputStream out;
  private final ByteBuffer writing = ByteBuffer.allocate(WRITE_BYTES);

  private TlsChannel(SocketChannel socket, SSLSocket tls) throws IOException {
    this.socket = socket;
    in = tls.getInputStream();
    out = tls.getOutputStream();
  }

  /// The client's end, when the server has shown a certificate for its name.
  ///
  /// @param serverName a host's name or an address, which the certificate must be for
  /// @param timeout of each wait for the server in the handshake
  /// @throws IOException when they don't come to terms
  public static TlsChannel client(
      SocketChannel socket, SSLContext context, String serverName, Duration timeout)
      throws IOException {
    int port = socket.socket().getPort();
    SSLSocket tls =
        (SSLSocket)
            context.getSocketFactory().createSocket(socket.socket(), serverName, port, true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    tls.setSSLParameters(parameters);
    tls.setSoTimeout((int) timeout.toMillis());
    tls.startHandshake();
    tls.setSoTimeout(0);
    return new TlsChannel(socket, tls);
  }

  /// The server's end. The handshake comes with the first read.
  ///
  /// @param received what was read from the socket already
  /// @param clientCertificate whether the client must show one
  public static TlsChannel server(
      SocketChannel socket, SSLContext context, byte[] received, boolean clientCertificate)
      throws IOException {
    SSLSocket tls =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(socket.socket(), new ByteArrayInputStream(received), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setNeedClientAuth(clientCertificate);
    tls.setSSLParameters(parameters);
    return new TlsChannel(socket, tls);
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasArray()) {
      throw new IllegalArgumentException("TLS reads into arrays");
    }
    try {
      int count =
          in.read(target.array(), target.arrayOffset() + target.position(), target.remaining());
      target.position(target.position() + Math.max(count, 0));
      return count;
    } catch (SSLException failed) {
      throw reason(failed);
    }
  }

  /// A socket that was closed or reset is no failure of TLS, though the JDK makes it look like one.
  private static IOException reason(SSLException failed) {
    return failed.getCause() instanceof IOException broken && !(broken instanceof SSLException)
        ? broken
        : failed;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    return (int) write(new ByteBuffer[] {source}, 0, 1);
  }

  @Override
  public long write(ByteBuffer[] sources) throws IOException {
    return write(sources, 0, sources.length);
  }

  @Override
  public synchronized long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    long written = 0;
    for (int i = offset; i < offset + length; i++) {
      written += sources[i].remaining();
      while (sources[i].hasRemaining()) {
        int count = Math.min(writing.remaining(), sources[i].remaining());
        writing.put(sources[i].slice(sources[i].position(), count));
        sources[i].position(sources[i].position() + count);
        if (!writing.hasRemaining()) {
          flush();
        }
      }
    }
    flush();
    return written;
  }

  private void flush() throws IOException {
    out.write(writing.array(), 0, writing.position());
    writing.clear();
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  /// Closes the socket, without a farewell: to wait for one could hang behind a write.
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
