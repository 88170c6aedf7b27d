package deepflow.server.ingester.receive;

import deepflow.wire.frame.LinkMessage;
import deepflow.wire.tls.TlsChannel;
import deepflow.wire.tls.TlsContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// An agent's connection where TLS is asked for. The handshake comes with the first read, in the
/// connection's own thread. An agent without TLS is told so in its own language.
final class TlsEntrance implements ByteChannel {
  private static final byte HANDSHAKE = 22;

  private final SocketChannel socket;
  private final TlsContext context;
  private volatile @Nullable TlsChannel tls;

  TlsEntrance(SocketChannel socket, TlsContext context) {
    this.socket = socket;
    this.context = context;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    TlsChannel open = tls;
    if (open == null) {
      byte[] first = new byte[1];
      if (socket.read(ByteBuffer.wrap(first)) < 0) {
        return -1;
      }
      requireHandshake(first[0]);
      open = TlsChannel.server(socket, context.current(), first, context.knowsAuthorities());
      tls = open;
    }
    return open.read(target);
  }

  private void requireHandshake(byte first) throws IOException {
    if (first != HANDSHAKE) {
      socket.write(
          new LinkMessage.Refusal("it speaks TLS only: with --link-tls-ca the agent does too")
              .toFrame());
      throw new SSLException("it came without TLS");
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    TlsChannel open = tls;
    if (open == null) {
      throw new IOException("nothing may be said before the handshake");
    }
    return open.write(source);
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
