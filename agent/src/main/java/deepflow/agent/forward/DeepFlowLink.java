package deepflow.agent.forward;

import deepflow.agent.queue.StoredBatch;
import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.frame.TracesWriter;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.RequestSplit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection to a server of DeepFlow: each batch is opened and its requests go as DeepFlow's
/// frames, cut to fit. Nobody answers, so a batch counts as sent when its last frame was written.
/// What the agent knows beside a request (who sent it, and when) has no place in these frames.
final class DeepFlowLink extends Link {
  private static final Logger LOG = LoggerFactory.getLogger(DeepFlowLink.class);
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final int IGNORED_BYTES = 1 << 10;

  /// A proxy without a server behind it closes at once: what was written to it would be lost.
  private static final Duration SETTLE = Duration.ofMillis(200);

  private final BatchReader batches = new BatchReader();
  private final RequestSplit split = new RequestSplit(TracesWriter.MESSAGE_BYTES_MAX);
  private final TracesWriter frames;
  private int bytes;
  private int spans;

  DeepFlowLink(Wire wire, ForwardConfig config, Bandwidth bandwidth, CommitmentSink sink) {
    super(wire, config, bandwidth, sink);
    frames = new TracesWriter(config.link().deepFlowAgentId());
  }

  /// Waits until the connection has stood for a moment.
  ///
  /// @throws IOException when it did not
  void settle() throws IOException {
    exchange.pause(SETTLE.toNanos());
  }

  @Override
  Sent send(StoredBatch batch) throws IOException {
    exchange.awaitRoom(batch.number(), batch.payload().remaining(), batch.spans());
    bytes = 0;
    spans = 0;
    int tooLarge = 0;
    int unreadable = 0;
    try {
      batches.open(LinkMessage.batchOf(batch.payload()));
      while (batches.next()) {
        tooLarge +=
            split.split(
                batches.array(),
                batches.requestOffset(),
                batches.requestLength(),
                this::sendRequest);
      }
    } catch (MalformedFrameException | MalformedProtobufException broken) {
      // Checked when it was taken and when it was read: to try it again would change nothing.
      unreadable = batch.spans() - spans - tooLarge;
      LOG.error("{} spans of batch {} are lost: {}", unreadable, batch.number(), broken.toString());
    }
    if (tooLarge > 0) {
      LOG.warn(
          "{} spans of batch {} are too large for a frame of DeepFlow's and were given up",
          tooLarge,
          batch.number());
    }
    exchange.acknowledged(batch.number());
    long sent = batch.spans() - tooLarge - (long) unreadable;
    sink.committed(batch.number(), new Exchange.Covered(1, sent));
    return new Sent(bytes, tooLarge, unreadable);
  }

  private void sendRequest(byte[] request, int offset, int length, int count) throws IOException {
    check();
    ByteBuffer frame = frames.frame(request, offset, length);
    bytes += frame.remaining();
    spans += count;
    write(NOTHING.duplicate(), frame);
  }

  /// DeepFlow's server says nothing, but the end of the connection must be heard. Who acknowledges
  /// nothing takes no reports either.
  @Override
  void report(LinkMessage.Report report) {}

  @Override
  void listen(Wire from) throws IOException {
    ByteBuffer ignored = ByteBuffer.allocate(IGNORED_BYTES);
    while (from.in().read(ignored.clear()) >= 0) {
      LOG.debug("The server said {} bytes that DeepFlow's don't say", ignored.position());
    }
  }

  @Override
  String promise() {
    return " as to a server of DeepFlow, unacknowledged";
  }

  @Override
  String silence() {
    return "took nothing";
  }

  @Override
  public void close() {
    super.close();
    batches.close();
    frames.close();
  }
}
