package deepflow.agent.forward;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The bytes of one connection. One thread may read while another one writes.
///
/// @param in what the server says; blocks
/// @param out what the agent says; blocks
/// @param socket under both; to close it ends whatever waits in them
record Wire(ReadableByteChannel in, GatheringByteChannel out, SocketChannel socket)
    implements Closeable {
  /// Connects.
  ///
  /// @param tls null for none
  /// @param timeout until TCP's connection stands, and of each wait in TLS's handshake
  /// @throws IOException when the server can't be reached
  static Wire connect(ServerAddress server, @Nullable LinkTls tls, Duration timeout)
      throws IOException {
    InetSocketAddress address = server.resolve();
    if (address.isUnresolved()) {
      throw new UnknownHostException("unknown host " + server.host());
    }
    SocketChannel socket = SocketChannel.open();
    try {
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      socket.socket().connect(address, (int) timeout.toMillis());
      return tls == null
          ? new Wire(new PlainReader(socket), socket, socket)
          : tls.over(socket, server, timeout);
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
