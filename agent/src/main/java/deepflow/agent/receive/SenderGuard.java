package deepflow.agent.receive;

import com.linecorp.armeria.common.HttpRequest;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Closes the connection of a sender that holds it against the rules, for which the HTTP server has
/// no limit of its own:
///
/// | rule | protocol |
/// |---|---|
/// | a request's headers are complete in time after their first byte, and its body in time after them | HTTP/1.1 |
/// | no more than [#UNANSWERED_MAX] requests wait for their answers | HTTP/1.1 |
/// | no more than [#UNREAD_BYTES_MAX] bytes of answers wait for being read | both |
///
/// HTTP/2 has limits of its own for the first (headers of at most so many frames, the idle timeout)
/// and the second (streams), but none for answers to PING and SETTINGS that nobody reads.
///
/// One for each connection, behind what decodes requests, on the connection's thread.
final class SenderGuard extends ChannelDuplexHandler {
  /// Why a connection was closed.
  enum Reason {
    SLOW,
    PIPELINING,
    UNREAD
  }

  /// As many as HTTP/2 may have streams.
  static final int UNANSWERED_MAX = 256;

  /// Far more than the answers of all streams.
  private static final int UNREAD_BYTES_MAX = 256 << 10;

  private final long limitNanos;
  private final ReceiveMetrics metrics;

  /// The newest one, which may still be coming.
  private @Nullable HttpRequest request;

  private boolean headSeen;
  private boolean inBody;

  /// Since when headers or a body are coming; 0 when nothing is.
  private long sinceNanos;

  private @Nullable Future<?> check;
  private int unanswered;

  private SenderGuard(Duration limit, ReceiveMetrics metrics) {
    limitNanos = limit.toNanos();
    this.metrics = metrics;
  }

  /// Guards a connection whose last handler is the one that is given requests, see [SenderRules].
  ///
  /// @param limit for headers, and for a body
  static void install(ChannelPipeline pipeline, Duration limit, ReceiveMetrics metrics) {
    WriteBufferWaterMark unread = new WriteBufferWaterMark(UNREAD_BYTES_MAX / 2, UNREAD_BYTES_MAX);
    pipeline.channel().config().setWriteBufferWaterMark(unread);
    String last = pipeline.lastContext().name();
    pipeline.addBefore(last, "sender-guard", new SenderGuard(limit, metrics));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest next) {
      request = next;
      headSeen = true;
      if (unanswered++ >= UNANSWERED_MAX && isHttp1(context)) {
        close(context, Reason.PIPELINING);
        // What was read along with the one too many comes after the connection's end, too.
        next.abort();
        return;
      }
    }
    context.fireChannelRead(message);
  }

  /// Some bytes came. Those that belong to no request are the beginning of one.
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    boolean more = request != null && !request.isComplete();
    if (headSeen) {
      sinceNanos = more ? now() : 0;
      inBody = more;
    } else if (inBody && !more) {
      sinceNanos = 0;
      inBody = false;
    } else if (sinceNanos == 0) {
      sinceNanos = now();
    }
    headSeen = false;
    if (sinceNanos != 0 && check == null) {
      checkAfter(context, limitNanos);
    }
    context.fireChannelReadComplete();
  }

  private void checkAfter(ChannelHandlerContext context, long nanos) {
    check = context.executor().schedule(() -> check(context), nanos, TimeUnit.NANOSECONDS);
  }

  private void check(ChannelHandlerContext context) {
    check = null;
    if (sinceNanos == 0 || !isHttp1(context)) {
      sinceNanos = 0;
      return;
    }
    long left = sinceNanos + limitNanos - now();
    if (left > 0) {
      checkAfter(context, left);
    } else {
      close(context, Reason.SLOW);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof LastHttpContent && !isInterim(message)) {
      unanswered--;
    }
    var _ = context.write(message, promise);
  }

  /// "100 Continue", to which the answer is yet to come.
  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!context.channel().isWritable()) {
      close(context, Reason.UNREAD);
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (check != null) {
      check.cancel(/* mayInterruptIfRunning= */ false);
    }
    context.fireChannelInactive();
  }

  private static boolean isHttp1(ChannelHandlerContext context) {
    return context.pipeline().get(Http2ConnectionHandler.class) == null;
  }

  /// From the pipeline's beginning, so that no handler waits for what is under way.
  private void close(ChannelHandlerContext context, Reason reason) {
    if (context.channel().isActive()) {
      metrics.closed(reason);
      context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      var _ = context.pipeline().firstContext().close();
    }
  }

  /// Never 0.
  private static long now() {
    return System.nanoTime() | 1;
  }
}
