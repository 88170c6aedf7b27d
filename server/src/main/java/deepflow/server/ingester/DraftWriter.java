package deepflow.server.ingester;

import deepflow.server.ingester.BatchRequests.Request;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.SpanRefusal;
import deepflow.server.ingester.receive.ReceivedBatch;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.RequestCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds the requests of batches to a draft. What can't be read costs itself alone: the rest of its
/// batch goes on. For one thread.
final class DraftWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DraftWriter.class);

  private final Draft draft;
  private final BatchRequests requests = new BatchRequests();
  private final RequestCheck check = new RequestCheck();
  private long oldestReceivedNanos;
  private int unreadable;

  DraftWriter(Draft draft) {
    this.draft = draft;
    begin();
  }

  /// Forgets what was found in the last block.
  void begin() {
    oldestReceivedNanos = Long.MAX_VALUE;
    unreadable = 0;
  }

  void add(ReceivedBatch received) {
    draft.begin(begun(received));
    try {
      requests.each(received.content(), this::add);
    } catch (MalformedFrameException broken) {
      unreadable++;
      LOG.warn(
          "batch {} of {}: {}", received.number(), received.session().agent(), broken.getMessage());
    }
  }

  /// Adds a batch without its spans.
  void addRefused(ReceivedBatch received, SpanRefusal reason, int spans) {
    draft.begin(begun(received));
    draft.refuse(reason, spans);
  }

  private static Batch begun(ReceivedBatch received) {
    return new Batch(
        received.session().agent(), received.epoch(), received.number(), received.session().host());
  }

  private void add(Request request) {
    oldestReceivedNanos = Math.min(oldestReceivedNanos, request.receivedNanos());
    if (request.isChecked()) {
      draft(request);
    } else {
      check(request);
    }
  }

  private void check(Request request) {
    switch (check.check(request.bytes(), request.offset(), request.length(), /* hostIp= */ null)) {
      case CheckedRequest.Malformed malformed -> {
        unreadable++;
        LOG.warn("a DeepFlow agent's message: {}", malformed.message());
      }
      case CheckedRequest.Accepted accepted -> {
        draft.refuse(SpanRefusal.MALFORMED, accepted.rejectedSpans());
        draft(
            new Request(
                accepted.request(),
                accepted.offset(),
                accepted.length(),
                /* isChecked= */ true,
                request.receivedNanos(),
                request.sender(),
                accepted::hostIpAdded));
      }
    }
  }

  private void draft(Request request) {
    try {
      draft.add(
          request.bytes(),
          request.offset(),
          request.length(),
          request.sender(),
          request.hostAdded());
    } catch (MalformedProtobufException broken) {
      unreadable++;
      LOG.warn("a request of {} bytes: {}", request.length(), broken.getMessage());
    }
  }

  /// When an agent took the oldest request of the block, ns since 1970-01-01 UTC; [Long#MAX_VALUE]
  /// when none says.
  long oldestReceivedNanos() {
    return oldestReceivedNanos;
  }

  /// Requests of the block that could not be read.
  int unreadable() {
    return unreadable;
  }

  @Override
  public void close() {
    requests.close();
  }
}
