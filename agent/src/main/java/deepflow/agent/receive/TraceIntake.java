package deepflow.agent.receive;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import deepflow.agent.queue.Admission;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.Intake;
import deepflow.agent.receive.ReceiveMetrics.Outcome;
import deepflow.wire.otlp.AttributeRewrite;
import deepflow.wire.otlp.AttributeRules;
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.MalformedJsonException;
import deepflow.wire.otlp.OtlpJson;
import deepflow.wire.otlp.RequestCheck;
import deepflow.wire.otlp.RequestCut;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes decompressed requests into the queue, whatever protocol they came by. The only place that
/// turns an [Admission] into an [Answer].
final class TraceIntake {
  private static final Logger log = LoggerFactory.getLogger(TraceIntake.class);
  private static final Duration RETRY_AFTER_FAILURE = Duration.ofSeconds(5);

  private final ThreadLocal<RequestCheck> checks = ThreadLocal.withInitial(RequestCheck::new);
  private final ThreadLocal<AttributeRewrite> rewrites =
      ThreadLocal.withInitial(AttributeRewrite::new);
  private final Intake queue;
  private final Hasher128 hasher;
  private final Clock clock;
  private final ReceiveMetrics metrics;
  private final SpanRate rate = new SpanRate(System::nanoTime);
  private volatile AttributeRules rules = AttributeRules.NONE;

  TraceIntake(Intake queue, Clock clock, ReceiveMetrics metrics) {
    this.queue = queue;
    this.clock = clock;
    this.metrics = metrics;
    hasher = Hashing.xxh3_128(queue.hashSecret());
  }

  /// Holds for requests that are taken from now on.
  void obey(IntakeRules newRules) {
    rules = newRules.attributes();
    rate.limit(newRules.spansPerSecond());
  }

  /// Takes a request.
  ///
  /// @param sent the request as its sender sent it, decompressed
  /// @param sender null when it came by something that has no addresses
  /// @param share pays for the copy to which `app.host.ip` is added, and for a piece of a request
  ///   that is cut
  CompletableFuture<Answer> take(
      Bytes sent, Dialect dialect, @Nullable InetAddress sender, InFlight.Share share)
      throws NotTakenException {
    metrics.received(sent.length());
    Bytes request = dialect == Dialect.HTTP_JSON ? fromJson(sent, share) : sent;
    share.take(request.length());
    CheckedRequest checked =
        checks
            .get()
            .check(
                request.array(), request.offset(), request.length(), PeerAddress.attribute(sender));
    return switch (checked) {
      case CheckedRequest.Malformed malformed ->
          throw NotTakenException.refused(
              Refusal.MALFORMED, "not an ExportTraceServiceRequest: " + malformed.message());
      case CheckedRequest.Accepted accepted -> {
        try {
          yield offer(ruled(accepted, share), dialect, sender, hash(sent), share);
        } catch (NotTakenException e) {
          yield CompletableFuture.completedFuture(notTaken(e.answer(), accepted, dialect));
        }
      }
    };
  }

  /// A request came that can never be taken, and could not be read.
  void refusedRequest() {
    queue.refusedRequest();
  }

  /// Counts a request's spans, since it could be read. Those that are wrong in themselves count
  /// when the sender will not send them again.
  private Answer notTaken(Answer answer, CheckedRequest.Accepted request, Dialect dialect) {
    switch (answer) {
      case Answer.Refused refused -> {
        refusedSpans(request.spans() + request.rejectedSpans());
        metrics.refused(dialect, refused.refusal());
      }
      case Answer.Busy _ -> {
        queue.busy(request.spans());
        metrics.spans(Outcome.BUSY, request.spans());
        metrics.request(dialect, Outcome.BUSY);
      }
      case Answer.Taken _ -> throw new IllegalStateException("taken is no exception");
    }
    return answer;
  }

  /// Spans of a request that could be read can never be taken.
  private void refusedSpans(int spans) {
    metrics.rejectedSpans(spans);
    queue.refused(spans);
  }

  /// The request after the rules for attributes.
  private CheckedRequest.Accepted ruled(CheckedRequest.Accepted checked, InFlight.Share share)
      throws NotTakenException {
    AttributeRules now = rules;
    if (now.isEmpty()) {
      return checked;
    }
    share.take(checked.length());
    AttributeRewrite.Rewritten rewritten =
        rewrites
            .get()
            .apply(now, checked.request(), checked.offset(), checked.length(), bytesMax(checked));
    if (rewritten == null) {
      throw NotTakenException.refused(
          Refusal.TOO_LARGE, "too large once its attributes are masked as the agent's group asks");
    }
    metrics.attributes(rewritten.dropped(), rewritten.masked());
    return checked.withRequest(rewritten.bytes(), rewritten.offset(), rewritten.length());
  }

  /// What masks may make of a request: some more, and never more than the queue takes.
  private static int bytesMax(CheckedRequest.Accepted checked) {
    return Math.min(DurableQueue.REQUEST_BYTES_MAX, checked.length() * 2 + (64 << 10));
  }

  private CompletableFuture<Answer> offer(
      CheckedRequest.Accepted accepted,
      Dialect dialect,
      @Nullable InetAddress sender,
      Hash128 hash,
      InFlight.Share share)
      throws NotTakenException {
    if (!DurableQueue.holds(accepted.length(), accepted.hostIpAdded().length)) {
      throw NotTakenException.refused(
          Refusal.TOO_LARGE,
          "too large for the agent's queue once app.host.ip is added to its resources");
    }
    Answer.Taken taken = new Answer.Taken(accepted.rejectedSpans(), accepted.message());
    if (accepted.spans() == 0) {
      refusedSpans(taken.rejectedSpans());
      metrics.request(dialect, Outcome.EMPTY);
      return CompletableFuture.completedFuture(taken);
    }
    if (accepted.spans() > RequestCut.SPANS_MAX) {
      share.take(accepted.length());
    }
    long wait = rate.take(accepted.spans());
    if (wait > 0) {
      throw NotTakenException.of(
          new Answer.Busy(
              Duration.ofNanos(wait),
              "more spans a second than the agent's group allows (max_spans_per_second)"));
    }
    return new EntryByEntry(accepted, sender, nanos(clock.instant()), hash, queue, metrics)
        .keep()
        .handle(
            (admission, failure) -> answer(admission, failure, taken, accepted.spans(), dialect));
  }

  private Answer answer(
      @Nullable Admission admission,
      @Nullable Throwable failure,
      Answer.Taken taken,
      int spans,
      Dialect dialect) {
    return switch (admission) {
      case Admission.Durable _ -> {
        refusedSpans(taken.rejectedSpans());
        yield counted(Outcome.ACCEPTED, dialect, taken);
      }
      case Admission.Repeated _ -> counted(Outcome.REPEATED, dialect, taken);
      case Admission.Busy(Duration retryAfter, String reason) ->
          counted(Outcome.BUSY, dialect, new Answer.Busy(retryAfter, reason));
      case null -> {
        // Nothing is known about the entry, so the sender keeps it: if it is durable after all, its
        // hash is known and the resend is answered with success.
        log.error("The queue failed on a request of {} spans", spans, failure);
        metrics.request(dialect, Outcome.FAILED);
        yield new Answer.Busy(RETRY_AFTER_FAILURE, "the agent's queue failed; see its log");
      }
    };
  }

  private Answer counted(Outcome outcome, Dialect dialect, Answer answer) {
    metrics.request(dialect, outcome);
    return answer;
  }

  private Bytes fromJson(Bytes json, InFlight.Share share) throws NotTakenException {
    share.take(OtlpJson.bytesMax(json.length()));
    try {
      ByteBuffer request = OtlpJson.toProtobuf(json.array(), json.offset(), json.length());
      return new Bytes(request.array(), request.arrayOffset(), request.remaining());
    } catch (MalformedJsonException e) {
      throw NotTakenException.refused(Refusal.MALFORMED, "not OTLP/JSON: " + e.getMessage());
    }
  }

  private Hash128 hash(Bytes sent) {
    HashValue128 hash = hasher.hashBytesTo128Bits(sent.array(), sent.offset(), sent.length());
    return new Hash128(hash.getMostSignificantBits(), hash.getLeastSignificantBits());
  }

  private static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }
}
