package deepflow.server.ingester.receive;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A real port, where to accept can fail.
final class TroubledPort extends ServerSocketChannel {
  private final ServerSocketChannel real;
  private final AtomicInteger troubles = new AtomicInteger();
  private volatile @Nullable Callable<SocketChannel> trouble;

  private TroubledPort(ServerSocketChannel real) {
    super(SelectorProvider.provider());
    this.real = real;
  }

  static TroubledPort listening() throws IOException {
    ServerSocketChannel real = ServerSocketChannel.open();
    real.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return new TroubledPort(real);
  }

  /// What happens instead of each next connection; null for nothing.
  void trouble(@Nullable Callable<SocketChannel> instead) {
    trouble = instead;
  }

  /// How often it has happened.
  int troubles() {
    return troubles.get();
  }

  @Override
  public SocketChannel accept() throws IOException {
    Callable<SocketChannel> instead = trouble;
    if (instead == null) {
      return real.accept();
    }
    troubles.incrementAndGet();
    try {
      return instead.call();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public ServerSocketChannel bind(@Nullable SocketAddress local, int backlog) throws IOException {
    return real.bind(local, backlog);
  }

  @Override
  public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
    return real.setOption(name, value);
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws IOException {
    return real.getOption(name);
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return real.supportedOptions();
  }

  @Override
  public ServerSocket socket() {
    return real.socket();
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() throws IOException {
    return real.getLocalAddress();
  }

  @Override
  protected void implCloseSelectableChannel() throws IOException {
    real.close();
  }

  @Override
  protected void implConfigureBlocking(boolean block) throws IOException {
    real.configureBlocking(block);
  }
}
