package deepflow.agent.receive;

import deepflow.wire.otlp.HostIpAttribute;
import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The address at the other end of a connection: the socket's word, never a header's.
final class PeerAddress {
  private static final byte[] V4_MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private PeerAddress() {}

  /// The peer's address, v4-mapped addresses unmapped; null for a socket without addresses.
  static @Nullable InetAddress of(@Nullable SocketAddress remote) {
    return remote instanceof InetSocketAddress socket && socket.getAddress() != null
        ? unmapped(socket.getAddress())
        : null;
  }

  /// The attribute `app.host.ip` of an address, as text in the form of RFC 5952, without a zone.
  static @Nullable HostIpAttribute attribute(@Nullable InetAddress address) {
    return address == null ? null : new HostIpAttribute(NetUtil.toAddressString(address));
  }

  private static InetAddress unmapped(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    boolean mapped = Arrays.equals(bytes, 0, V4_MAPPED.length, V4_MAPPED, 0, V4_MAPPED.length);
    try {
      return mapped ? Inet4Address.getByAddress(Arrays.copyOfRange(bytes, 12, 16)) : address;
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}
