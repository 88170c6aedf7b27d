package deepflow.agent.queue;

import static java.util.Objects.checkFromIndexSize;
import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// One export request on its way into the queue. The arrays are shared, not copied: they must stay
/// as they are until the [Admission] is there.
///
/// @param request holds the serialized ExportTraceServiceRequest, checked and with `app.host.ip`
///   filled in
/// @param offset where the request begins in `request`
/// @param length bytes of the request
/// @param spans how many spans it has
/// @param sender peer address; null when there is none (a Unix socket)
/// @param hostIpAdded bitmap, lowest bit first: bit i is set when the agent added `app.host.ip` to
///   the i-th ResourceSpans; may be shorter than the number of ResourceSpans
/// @param receivedNanos when the request was received, nanoseconds since 1970-01-01 UTC
/// @param hash of the request as the sender sent it, by which its resend is recognised
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; copying would cost the hot path
public record Entry(
    byte[] request,
    int offset,
    int length,
    int spans,
    @Nullable InetAddress sender,
    byte[] hostIpAdded,
    long receivedNanos,
    Hash128 hash) {

  public Entry {
    checkFromIndexSize(offset, length, request.length);
    requireNonNull(hash, "hash");
    if (spans < 0) {
      throw new IllegalArgumentException("spans %s is negative".formatted(spans));
    }
    if (hostIpAdded.length > 0xFFFF) {
      throw new IllegalArgumentException(
          "bitmap of %s bytes exceeds a u16".formatted(hostIpAdded.length));
    }
  }
}
