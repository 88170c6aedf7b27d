package deepflow.clickhouse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The bytes of an HTTP answer, of which only a few pieces are taken from the network ahead of
/// their reader. For one reader; [#abort] is for anybody.
final class AnswerBody implements Flow.Subscriber<List<ByteBuffer>> {
  private static final int PIECES_AHEAD = 16;

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private volatile Flow.@Nullable Subscription subscription;
  private @Nullable End end;

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    subscription = newSubscription;
    newSubscription.request(PIECES_AHEAD);
  }

  @Override
  public void onNext(List<ByteBuffer> piece) {
    signals.add(new Piece(piece));
  }

  @Override
  public void onError(Throwable failure) {
    signals.add(
        new End(failure instanceof IOException io ? io : new IOException(failure.toString())));
  }

  @Override
  public void onComplete() {
    signals.add(new End(null));
  }

  /// Takes the next piece.
  ///
  /// @return null at the end
  /// @throws IOException when the connection broke
  /// @throws SilenceException when nothing came for `max`
  @Nullable List<ByteBuffer> take(Duration max) throws IOException, InterruptedException {
    if (end == null) {
      switch (signals.poll(max.toNanos(), TimeUnit.NANOSECONDS)) {
        case null -> throw new SilenceException(max);
        case Piece piece -> {
          requestOne();
          return piece.bytes();
        }
        case End last -> end = last;
      }
    }
    if (end.failure() != null) {
      throw end.failure();
    }
    return null;
  }

  /// Whether a piece, or the end, is there to be taken.
  boolean isReady() {
    return !signals.isEmpty();
  }

  /// Whether the answer came to its end, or broke.
  boolean hasEnded() {
    return end != null;
  }

  /// Wakes the reader and drops the connection, unless the end was reached.
  void abort(IOException reason) {
    Flow.Subscription open = subscription;
    if (open != null) {
      open.cancel();
    }
    signals.add(new End(reason));
  }

  private void requestOne() {
    Flow.Subscription open = subscription;
    if (open != null) {
      open.request(1);
    }
  }

  private sealed interface Signal {}

  private record Piece(List<ByteBuffer> bytes) implements Signal {}

  private record End(@Nullable IOException failure) implements Signal {}

  /// The other side keeps the connection and says nothing.
  static final class SilenceException extends IOException {
    private static final long serialVersionUID = 1L;

    SilenceException(Duration waited) {
      super("nothing came for %s ms".formatted(waited.toMillis()));
    }
  }
}
