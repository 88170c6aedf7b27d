package deepflow.server.ingester;

import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.receive.ReceivedBatch;
import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.frame.TracesReader;

/// Opens batches and walks their requests. For one thread.
final class BatchRequests implements AutoCloseable {
  private static final int ADDRESS_BYTES = 16;
  private static final byte[] UNKNOWN_SENDER = new byte[ADDRESS_BYTES];

  private final BatchReader entries = new BatchReader();
  private final TracesReader traces = new TracesReader();

  /// An ExportTraceServiceRequest; dies with the next one.
  ///
  /// @param bytes hold it, from `offset` on
  /// @param isChecked whether the agent has checked it: ours do, DeepFlow's don't
  /// @param receivedNanos when the agent took it, ns since 1970-01-01 UTC; [Long#MAX_VALUE] when it
  ///   doesn't say
  /// @param sender who sent it to the agent: 16 bytes, IPv4 as ::ffff:a.b.c.d, zeros when not known
  @SuppressWarnings("ArrayRecordComponent") // lent, not compared
  record Request(
      byte[] bytes,
      int offset,
      int length,
      boolean isChecked,
      long receivedNanos,
      byte[] sender,
      HostAdded hostAdded) {}

  /// Takes requests.
  @FunctionalInterface
  interface Sink<E extends Exception> {
    void accept(Request request) throws E;
  }

  /// Walks one batch.
  ///
  /// @throws MalformedFrameException when what comes next in it can't be read
  <E extends Exception> void each(ReceivedBatch.Content content, Sink<E> sink)
      throws MalformedFrameException, E {
    switch (content) {
      case ReceivedBatch.Content.Sealed sealed -> each(sealed.batch(), sink);
      case ReceivedBatch.Content.Traces frame -> each(frame.frame(), sink);
    }
  }

  private <E extends Exception> void each(LinkMessage.Batch sealed, Sink<E> sink)
      throws MalformedFrameException, E {
    entries.open(sealed);
    while (entries.next()) {
      sink.accept(
          new Request(
              entries.array(),
              entries.requestOffset(),
              entries.requestLength(),
              /* isChecked= */ true,
              entries.receivedNanos(),
              v6(entries.address()),
              entries::hostIpAdded));
    }
  }

  private <E extends Exception> void each(Frame frame, Sink<E> sink)
      throws MalformedFrameException, E {
    traces.open(frame);
    while (traces.next()) {
      sink.accept(
          new Request(
              traces.array(),
              traces.offset(),
              traces.length(),
              /* isChecked= */ false,
              Long.MAX_VALUE,
              UNKNOWN_SENDER,
              HostAdded.NONE));
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

  @Override
  public void close() {
    entries.close();
  }
}
