package deepflow.agent.receive;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import java.time.Duration;

/// Puts [StrictFraming] and [SenderGuard] where they belong in a connection, which depends on when
/// it is known what the connection speaks.
///
/// @param limit for a handshake, for headers, and for a body
record SenderRules(Duration limit, ReceiveMetrics metrics) {
  /// A new connection without TLS.
  void inCleartext(ChannelPipeline pipeline) {
    pipeline.addFirst(new StrictFraming());
    SenderGuard.install(pipeline, limit, metrics);
  }

  /// A connection whose first bytes have shown that it is without TLS.
  ///
  /// @param before what passes these bytes on, and all that follow
  void inCleartext(ChannelHandlerContext before) {
    before.pipeline().addAfter(before.name(), "strict-framing", new StrictFraming());
    SenderGuard.install(before.pipeline(), limit, metrics);
  }

  /// A connection at the end of its handshake, when its HTTP is known.
  void inTls(ChannelPipeline pipeline) {
    StrictFraming.addCheck(pipeline);
    SenderGuard.install(pipeline, limit, metrics);
  }
}
