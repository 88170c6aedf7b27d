package deepflow.agent.receive;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Stands between TLS and HTTP in a connection.
///
/// A handshake that fails goes no further than here: the HTTP server would write each one into the
/// log. One that takes too long is ended. At its end the rules for senders come into force, and
/// from then on only what was decrypted counts as bytes that came.
final class HandshakeWatch extends ChannelInboundHandlerAdapter {
  private final SenderRules rules;
  private final HandshakeFailures failures;
  private @Nullable Future<?> late;
  private boolean established;
  private boolean failed;
  private boolean decrypted;

  private HandshakeWatch(SenderRules rules, HandshakeFailures failures) {
    this.rules = rules;
    this.failures = failures;
  }

  /// Watches a new connection.
  static void addTo(ChannelPipeline pipeline, SenderRules rules, HandshakeFailures failures) {
    if (!insert(pipeline, rules, failures)) {
      pipeline.addLast(new FirstBytes(rules, failures));
    }
  }

  /// False when there is no TLS.
  private static boolean insert(
      ChannelPipeline pipeline, SenderRules rules, HandshakeFailures failures) {
    ChannelHandlerContext http = pipeline.context(ApplicationProtocolNegotiationHandler.class);
    if (http == null) {
      return false;
    }
    pipeline.addBefore(http.name(), "handshake-watch", new HandshakeWatch(rules, failures));
    return true;
  }

  /// On a port that takes both: the HTTP server has looked at the first bytes, and put into the
  /// connection what they ask for.
  private static final class FirstBytes extends ChannelInboundHandlerAdapter {
    private final SenderRules rules;
    private final HandshakeFailures failures;

    FirstBytes(SenderRules rules, HandshakeFailures failures) {
      this.rules = rules;
      this.failures = failures;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (!insert(context.pipeline(), rules, failures)) {
        rules.inCleartext(context);
      }
      context.fireChannelRead(bytes);
      context.pipeline().remove(this);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    late =
        context
            .executor()
            .schedule(() -> endLate(context), rules.limit().toNanos(), TimeUnit.NANOSECONDS);
  }

  private void endLate(ChannelHandlerContext context) {
    failed = true;
    rules.metrics().closed(SenderGuard.Reason.SLOW);
    var _ = context.close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case SniCompletionEvent sni when !sni.isSuccess() -> failed(context, sni.cause());
      case SslHandshakeCompletionEvent end when !end.isSuccess() -> failed(context, end.cause());
      case SslHandshakeCompletionEvent end -> {
        established = true;
        stopWaiting();
        context.fireUserEventTriggered(end);
        rules.inTls(context.pipeline());
      }
      default -> context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    decrypted = true;
    context.fireChannelRead(bytes);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (decrypted) {
      decrypted = false;
      context.fireChannelReadComplete();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (established) {
      context.fireExceptionCaught(cause);
    } else {
      failed(context, cause);
      var _ = context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    stopWaiting();
    context.fireChannelInactive();
  }

  /// The first failure is the reason; others follow from it.
  private void failed(ChannelHandlerContext context, Throwable cause) {
    stopWaiting();
    if (!failed) {
      failed = true;
      failures.add(PeerAddress.of(context.channel().remoteAddress()), cause);
    }
  }

  private void stopWaiting() {
    if (late != null) {
      late.cancel(/* mayInterruptIfRunning= */ false);
    }
  }
}
