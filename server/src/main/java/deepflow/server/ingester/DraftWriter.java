package deepflow.server.ingester;

import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanRefusal;
import deepflow.server.ingester.receive.ReceivedBatch;
import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.frame.TracesReader;
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.RequestCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens batches and adds their requests to a draft. What can't be read costs itself alone: the
/// rest of its batch goes on. For one thread.
final class DraftWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DraftWriter.class);
  private static final int ADDRESS_BYTES = 16;
  private static final byte[] UNKNOWN_SENDER = new byte[ADDRESS_BYTES];

  private final Draft draft;
  private final IngestMetrics metrics;
  private final BatchReader batches = new BatchReader();
  private final TracesReader traces = new TracesReader();
  private final RequestCheck check = new RequestCheck();
  private long oldestReceivedNanos = Long.MAX_VALUE;

  DraftWriter(Draft draft, IngestMetrics metrics) {
    this.draft = draft;
    this.metrics = metrics;
  }

  void add(ReceivedBatch received) {
    draft.begin(begun(received));
    try {
      switch (received.content()) {
        case ReceivedBatch.Content.Sealed sealed -> add(sealed.batch());
        case ReceivedBatch.Content.Traces frame -> add(frame.frame());
      }
    } catch (MalformedFrameException broken) {
      metrics.malformedMessage();
      LOG.warn(
          "batch {} of {}: {}", received.number(), received.session().agent(), broken.getMessage());
    }
  }

  /// A batch of which nothing is known but whose it is.
  static Batch begun(ReceivedBatch received) {
    return new Batch(
        received.session().agent(), received.epoch(), received.number(), received.session().host());
  }

  private void add(LinkMessage.Batch sealed) throws MalformedFrameException {
    batches.open(sealed);
    while (batches.next()) {
      oldestReceivedNanos = Math.min(oldestReceivedNanos, batches.receivedNanos());
      add(
          batches.array(),
          batches.requestOffset(),
          batches.requestLength(),
          v6(batches.address()),
          batches::hostIpAdded);
    }
  }

  private void add(Frame frame) throws MalformedFrameException {
    traces.open(frame);
    while (traces.next()) {
      // Our agents have checked what they send; a DeepFlow agent has not.
      CheckedRequest checked =
          check.check(traces.array(), traces.offset(), traces.length(), /* hostIp= */ null);
      switch (checked) {
        case CheckedRequest.Malformed malformed -> {
          metrics.malformedMessage();
          LOG.warn("a DeepFlow agent's message: {}", malformed.message());
        }
        case CheckedRequest.Accepted accepted -> {
          metrics.rejected(accepted.rejectedSpans());
          draft.refuse(SpanRefusal.MALFORMED, accepted.rejectedSpans());
          add(
              accepted.request(),
              accepted.offset(),
              accepted.length(),
              UNKNOWN_SENDER,
              accepted::hostIpAdded);
        }
      }
    }
  }

  private void add(byte[] request, int offset, int length, byte[] sender, HostAdded hostAdded) {
    try {
      draft.add(request, offset, length, sender, hostAdded);
    } catch (MalformedProtobufException broken) {
      metrics.malformedMessage();
      LOG.warn("a request of {} bytes: {}", length, broken.getMessage());
    }
  }

  private static byte[] v6(byte[] address) {
    if (address.length == ADDRESS_BYTES) {
      return address;
    }
    byte[] mapped = new byte[ADDRESS_BYTES];
    if (address.length > 0) {
      mapped[10] = -1;
      mapped[11] = -1;
      System.arraycopy(address, 0, mapped, ADDRESS_BYTES - address.length, address.length);
    }
    return mapped;
  }

  /// When an agent took the oldest request since the last call, ns since 1970-01-01 UTC;
  /// [Long#MAX_VALUE] when none says.
  long takeOldestReceived() {
    long oldest = oldestReceivedNanos;
    oldestReceivedNanos = Long.MAX_VALUE;
    return oldest;
  }

  @Override
  public void close() {
    batches.close();
  }
}
