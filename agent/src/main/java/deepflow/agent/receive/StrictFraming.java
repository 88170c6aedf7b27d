package deepflow.agent.receive;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.Map;

/// Refuses HTTP/1.1 requests with a Transfer-Encoding that is not `chunked`: how long their body is
/// is anybody's guess (RFC 9112, 6.1), and the HTTP server would go by Content-Length. All else
/// that is ambiguous it refuses by itself.
///
/// The check has to stand where requests are decoded and not yet looked at. What stands there is
/// put into a connection when its first bytes have told which protocol it speaks: so they are
/// passed on first, and the rest when the check is in its place. In TLS all is known at the
/// handshake's end, and the check is put there by itself.
final class StrictFraming extends ChannelInboundHandlerAdapter {
  /// By as many the HTTP server tells its protocols apart.
  private static final int FIRST_BYTES = 4;

  private int missing = FIRST_BYTES;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    int count = Math.min(missing, bytes.readableBytes());
    missing -= count;
    context.fireChannelRead(bytes.readRetainedSlice(count));
    if (missing == 0) {
      addCheck(context.pipeline());
      context.pipeline().remove(this);
    }
    if (bytes.isReadable()) {
      context.fireChannelRead(bytes);
    } else {
      bytes.release();
    }
  }

  /// Checks the requests of a connection whose protocol is known; HTTP/2 needs no check.
  static void addCheck(ChannelPipeline pipeline) {
    for (Map.Entry<String, ChannelHandler> entry : pipeline) {
      if (entry.getValue() instanceof CombinedChannelDuplexHandler<?, ?>) {
        pipeline.addAfter(entry.getKey(), "framing-check", new Check());
        return;
      }
    }
  }

  private static final class Check extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        boolean chunked = codings.size() == 1 && "chunked".equalsIgnoreCase(codings.getFirst());
        if (!codings.isEmpty() && !chunked && request.decoderResult().isSuccess()) {
          request.setDecoderResult(
              DecoderResult.failure(new IllegalArgumentException("Transfer-Encoding " + codings)));
        }
      }
      context.fireChannelRead(message);
    }
  }
}
