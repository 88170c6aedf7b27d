package deepflow.agent.forward;

import deepflow.agent.queue.StoredBatch;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameHeader;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/// A connection to a server of ours: hello and welcome, then batches byte for byte as they lie in
/// the queue, without waiting, and what the server says it has committed.
final class AcknowledgedLink extends Link {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final Duration REASON_WAIT = Duration.ofMillis(200);

  private final ByteBuffer header = ByteBuffer.allocateDirect(FrameHeader.BYTES);
  private boolean takesReports;

  AcknowledgedLink(Wire wire, ForwardConfig config, Bandwidth bandwidth, CommitmentSink sink) {
    super(wire, config, bandwidth, sink);
  }

  /// Says hello and waits for the answer.
  ///
  /// @throws IOException when the server refuses, or says nothing in time
  LinkMessage.Welcome greet(LinkMessage.Hello hello) throws IOException {
    try {
      write(hello.toFrame(), NOTHING.duplicate());
      LinkMessage.Welcome welcome = exchange.awaitWelcome(config.welcomeTimeout());
      takesReports = welcome.takesReports();
      return welcome;
    } catch (LinkException said) {
      throw said;
    } catch (IOException closed) {
      // The reader may know more than who failed to write.
      if (exchange.awaitReason(REASON_WAIT.toNanos()) instanceof LinkException said) {
        throw said;
      }
      // What a DeepFlow server does with a frame of a type that it doesn't know.
      throw new LinkException(
          "the server closed the connection after our hello: if it isn't just stopping, it is a server of DeepFlow itself, which acknowledges nothing: --agent-link deepflow sends to it all the same");
    }
  }

  @Override
  Sent send(StoredBatch batch) throws IOException {
    ByteBuffer payload = batch.payload().duplicate();
    int bytes = FrameHeader.BYTES + payload.remaining();
    exchange.awaitRoom(batch.number(), bytes, batch.spans());
    header.clear();
    LinkMessage.writeBatchHeader(header, payload.remaining());
    write(header.flip(), payload);
    return new Sent(bytes, 0, 0);
  }

  @Override
  void report(LinkMessage.Report report) throws IOException {
    if (takesReports) {
      write(report.toFrame(), NOTHING.duplicate());
    }
  }

  @Override
  void listen(Wire from) throws IOException {
    FrameReader frames = new FrameReader(from.in());
    try {
      for (Frame frame = frames.read(); frame != null; frame = frames.read()) {
        take(LinkMessage.of(frame));
      }
    } catch (MalformedFrameException malformed) {
      throw new LinkException("the server doesn't speak our link: " + malformed.getMessage());
    }
  }

  private void take(LinkMessage message) throws IOException, MalformedFrameException {
    switch (message) {
      case LinkMessage.Welcome welcome -> exchange.welcome(welcome);
      case LinkMessage.Acknowledgement acknowledgement -> {
        Exchange.Covered covered = exchange.acknowledged(acknowledgement.committed());
        if (covered.batches() > 0) {
          sink.committed(acknowledgement.committed(), covered);
        }
      }
      case LinkMessage.Refusal refusal ->
          throw new LinkException("the server refused: " + refusal.reason());
      case LinkMessage.Hello _, LinkMessage.Batch _, LinkMessage.Report _ ->
          throw new MalformedFrameException("a server sends no such message", 4);
    }
  }

  @Override
  String promise() {
    return "";
  }

  @Override
  String silence() {
    return "acknowledged nothing";
  }
}
