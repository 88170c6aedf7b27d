package deepflow.ctl.conformance;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// How a fault changes the right answer.
interface Distortion {
  Distortion NONE = (_, right) -> right;

  Reply distort(Ask ask, Reply right);

  /// Holds an answer back; most faults don't.
  ///
  /// @param atOnce how many requests are being answered
  default void hold(AtomicInteger atOnce) {}

  /// Refuses what is right, or refuses what is wrong in another way.
  static Distortion refuse(Predicate<Ask> when, int http, int grpc) {
    return (ask, right) -> when.test(ask) ? Replies.failure(ask, http, grpc, "a fault") : right;
  }

  /// Says success to what is wrong.
  static Distortion take(Predicate<Ask> when) {
    return (ask, right) -> when.test(ask) ? Replies.success(ask, 0, "") : right;
  }

  /// Says success in another way, where that is due in full.
  static Distortion success(Predicate<Ask> when, UnaryOperator<Reply> change) {
    return (ask, right) ->
        when.test(ask) && ask.isGood() && Answer.of(right) instanceof Answer.Full
            ? change.apply(right)
            : right;
  }

  /// Says partial success in another way.
  static Distortion partial(Predicate<Ask> when, UnaryOperator<Reply> change) {
    return (ask, right) ->
        when.test(ask)
                && Answer.of(right) instanceof Answer.Partial partial
                && partial.rejectedSpans() > 0
            ? change.apply(right)
            : right;
  }

  /// Refuses in another way.
  static Distortion failure(Predicate<Ask> when, UnaryOperator<Reply> change) {
    return (ask, right) ->
        when.test(ask) && Answer.of(right) instanceof Answer.Refused ? change.apply(right) : right;
  }

  /// Refuses a request when another is being answered; waits a little for one.
  static Distortion refuseAtOnce(int http, int grpc) {
    return new Distortion() {
      @Override
      public Reply distort(Ask ask, Reply right) {
        return ask.atOnce() > 1 ? Replies.failure(ask, http, grpc, "a fault") : right;
      }

      @Override
      public void hold(AtomicInteger atOnce) {
        long end = System.nanoTime() + 20_000_000;
        while (atOnce.get() < 2 && System.nanoTime() < end) {
          Thread.onSpinWait();
        }
      }
    };
  }
}
