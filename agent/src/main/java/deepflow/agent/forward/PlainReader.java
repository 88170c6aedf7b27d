package deepflow.agent.forward;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;

/// What a server says without TLS. One that expects TLS answers what it can't read with an alert,
/// which is told apart by its first bytes: as a frame's size they would be far beyond any limit.
final class PlainReader implements ReadableByteChannel {
  private static final byte ALERT = 21;
  private static final byte MAJOR_VERSION = 3;

  private final SocketChannel socket;
  private boolean begun;

  PlainReader(SocketChannel socket) {
    this.socket = socket;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int start = target.position();
    int count = socket.read(target);
    boolean first = !begun;
    begun = true;
    if (first
        && count > 1
        && target.get(start) == ALERT
        && target.get(start + 1) == MAJOR_VERSION) {
      throw new LinkException("the server speaks TLS: with --link-tls-ca this agent does too");
    }
    return count;
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
