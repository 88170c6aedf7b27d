package deepflow.server.http;

import com.linecorp.armeria.common.Flags;
import com.linecorp.armeria.common.util.TransportType;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The thread that accepts connections. When it ends, its port is closed already and requests under
/// way were waited for; Netty would let it wait for 2 s more.
final class Acceptor extends MultiThreadIoEventLoopGroup {

  Acceptor() {
    super(1, transport());
  }

  /// What Armeria opens its ports with.
  private static IoHandlerFactory transport() {
    return Flags.transportType() == TransportType.EPOLL
        ? EpollIoHandler.newFactory()
        : NioIoHandler.newFactory();
  }

  @Override
  public Future<?> shutdownGracefully() {
    return shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
