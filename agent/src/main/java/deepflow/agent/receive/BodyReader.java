package deepflow.agent.receive;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.stream.SubscriptionOption;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/// Reads a request's body into one array: the only copy that is made of it.
///
/// A body above the limit ends the reading at once, whatever Content-Length says. What still comes
/// of it is thrown away, so that the connection and its other requests go on.
final class BodyReader implements Subscriber<HttpObject> {
  /// A Content-Length is believed up to here before its bytes have come.
  private static final int BELIEVED_MAX = 1 << 20;

  private static final int INITIAL = 8 << 10;

  private final CompletableFuture<Bytes> body = new CompletableFuture<>();
  private final InFlight.Share share;
  private final int bytesMax;
  private final int frameBytes;
  private final long announced;
  private byte[] array = {};
  private int length;

  private BodyReader(HttpRequest request, InFlight.Share share, int requestBytesMax, int frame) {
    this.share = share;
    bytesMax = requestBytesMax + frame;
    frameBytes = frame;
    announced = request.headers().getLong(HttpHeaderNames.CONTENT_LENGTH, -1);
  }

  /// Reads a body on the connection's own thread.
  ///
  /// @param requestBytesMax without its frame
  /// @param frameBytes of the body that are not the request's
  /// @return fails with [NotTakenException] when it is too large or there is no room, and with
  ///   [SenderGoneException] when the sender went away
  static CompletableFuture<Bytes> read(
      ServiceRequestContext context,
      HttpRequest request,
      InFlight.Share share,
      int requestBytesMax,
      int frameBytes) {
    BodyReader reader = new BodyReader(request, share, requestBytesMax, frameBytes);
    request.subscribe(reader, context.eventLoop(), SubscriptionOption.WITH_POOLED_OBJECTS);
    return reader.body;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (announced > bytesMax) {
      body.completeExceptionally(tooLarge());
    }
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(HttpObject object) {
    if (object instanceof HttpData data) {
      try (data) {
        if (!body.isDone()) {
          append(data);
        }
      } catch (NotTakenException e) {
        body.completeExceptionally(e);
        array = new byte[0];
      }
    }
  }

  private void append(HttpData data) throws NotTakenException {
    int count = data.length();
    if (count > bytesMax - length) {
      throw tooLarge();
    }
    if (count > array.length - length) {
      grow(length + count);
    }
    data.byteBuf().getBytes(data.byteBuf().readerIndex(), array, length, count);
    length += count;
  }

  private void grow(int needed) throws NotTakenException {
    long believed = array.length == 0 ? Math.min(announced, BELIEVED_MAX) : array.length * 2L;
    int capacity = (int) Math.min(bytesMax, Math.max(Math.max(believed, needed), INITIAL));
    share.take(capacity - array.length);
    array = Arrays.copyOf(array, capacity);
  }

  private NotTakenException tooLarge() {
    return NotTakenException.refused(
        Refusal.TOO_LARGE, "request is larger than " + (bytesMax - frameBytes) + " bytes");
  }

  @Override
  public void onError(Throwable cause) {
    body.completeExceptionally(new SenderGoneException(cause));
  }

  @Override
  public void onComplete() {
    body.complete(new Bytes(array, 0, length));
  }
}
