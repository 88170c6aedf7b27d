package deepflow.wire.otlp;

/// What [RequestCheck] found.
public sealed interface CheckedRequest {
  /// A request that can be kept.
  ///
  /// @param request holds the request: the array that was checked when nothing had to be added or
  ///   dropped, else a new one
  /// @param offset index in `request` of its first byte
  /// @param length its bytes
  /// @param spans how many spans it has, rejected ones not counted
  /// @param rejectedSpans how many spans were dropped
  /// @param message for the sender, in English: why spans were dropped, and which fields mean
  ///   nothing in traces; empty when there is nothing to say
  /// @param hostIpAdded bit i, least significant first: `app.host.ip` was added to the i-th
  ///   ResourceSpans in the order of the document, now or before it was exported; one bit for each,
  ///   the last byte filled with 0
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared; a copy would cost the path
  record Accepted(
      byte[] request,
      int offset,
      int length,
      int spans,
      int rejectedSpans,
      String message,
      byte[] hostIpAdded)
      implements CheckedRequest {
    /// Whether the i-th ResourceSpans has an `app.host.ip` that was added.
    public boolean hostIpAdded(int resourceSpans) {
      return (hostIpAdded[resourceSpans >>> 3] >>> (resourceSpans & 7) & 1) != 0;
    }

    /// The same with other bytes for the request, in which the same resources and spans are.
    public Accepted withRequest(byte[] newRequest, int newOffset, int newLength) {
      return new Accepted(
          newRequest, newOffset, newLength, spans, rejectedSpans, message, hostIpAdded);
    }
  }

  /// Not an ExportTraceServiceRequest; none of it can be kept.
  ///
  /// @param reason what is wrong, in English, without the offset
  /// @param offset where, in bytes from the request's first byte
  record Malformed(String reason, int offset) implements CheckedRequest {
    /// Reason and place in one sentence.
    public String message() {
      return reason + " at byte " + offset;
    }
  }
}
