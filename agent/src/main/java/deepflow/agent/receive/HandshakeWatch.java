package deepflow.agent.receive;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/// Sees how a connection's handshake ends. A failure goes no further than here: the HTTP server
/// would write each one into the log.
final class HandshakeWatch extends ChannelInboundHandlerAdapter {
  private final HandshakeFailures failures;
  private boolean failed;

  private HandshakeWatch(HandshakeFailures failures) {
    this.failures = failures;
  }

  /// Watches a new connection.
  static void addTo(ChannelPipeline pipeline, HandshakeFailures failures) {
    if (!insert(pipeline, failures)) {
      pipeline.addLast(new FirstBytes(failures));
    }
  }

  /// Between TLS and what follows it; false when there is no TLS.
  private static boolean insert(ChannelPipeline pipeline, HandshakeFailures failures) {
    ChannelHandlerContext next = pipeline.context(ApplicationProtocolNegotiationHandler.class);
    if (next == null) {
      return false;
    }
    pipeline.addBefore(next.name(), null, new HandshakeWatch(failures));
    return true;
  }

  /// On a port that takes both: TLS is there when the first bytes turned out to be its own.
  private static final class FirstBytes extends ChannelInboundHandlerAdapter {
    private final HandshakeFailures failures;

    FirstBytes(HandshakeFailures failures) {
      this.failures = failures;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      insert(context.pipeline(), failures);
      context.fireChannelRead(bytes);
      context.pipeline().remove(this);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case SniCompletionEvent sni when !sni.isSuccess() -> failed(context, sni.cause());
      case SslHandshakeCompletionEvent end when !end.isSuccess() -> failed(context, end.cause());
      case SslHandshakeCompletionEvent end -> {
        context.fireUserEventTriggered(end);
        context.pipeline().remove(this);
      }
      default -> context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(context, cause);
    context.close();
  }

  /// The first failure is the reason; others follow from it.
  private void failed(ChannelHandlerContext context, Throwable cause) {
    if (!failed) {
      failed = true;
      failures.add(PeerAddress.of(context.channel().remoteAddress()), cause);
    }
  }
}
