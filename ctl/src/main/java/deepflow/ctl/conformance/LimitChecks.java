package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Transport.EVERY;
import static deepflow.ctl.conformance.Transport.HTTP;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/// O3, O4: how large a request and an answer may be.
final class LimitChecks {
  private static final int REPLY_BYTES_MAX = 4 << 20;
  private static final int BAD_SPANS = 20_000;

  /// A block of snappy that says it holds 2 GiB - 1, and then nothing.
  private static final byte[] SNAPPY_LIE = {-1, -1, -1, -1, 7, 0, 0};

  private LimitChecks() {}

  static List<Check> all() {
    return Stream.of(sizes(), bombs()).flatMap(List::stream).toList();
  }

  private static List<Check> sizes() {
    return List.of(
        must(
            "O3.1",
            EVERY,
            "refuses a request above the limit with 413 or RESOURCE_EXHAUSTED, not retryable",
            Source.SIZE_LIMIT,
            s -> tooLarge(s.export(s.sizes().tooLarge()))),
        must(
            "O3.2",
            EVERY,
            "refuses what is above the limit only after gunzipping in the same way",
            Source.SIZE_LIMIT,
            s -> tooLarge(s.export("gzip", s.sizes().tooLarge(Encoding.GZIP)))),
        must(
            "O3.3",
            EVERY,
            "refuses a zstd bomb in the same way",
            Source.SIZE_LIMIT,
            LimitChecks::zstdBomb),
        must(
            "O3.4",
            HTTP,
            "believes no snappy block that claims gigabytes",
            Source.SIZE_LIMIT,
            LimitChecks::snappyLie),
        should(
            "O3.5",
            EVERY,
            "takes a request of exactly the limit, by default 64 MiB",
            Source.SIZE_LIMIT,
            s -> Expect.taken(Answer.of(s.export("gzip", s.sizes().largest(Encoding.GZIP))))));
  }

  private static List<Check> bombs() {
    return List.of(
        must(
            "O3.6",
            EVERY,
            "lives on after values nested 200,000 deep, and refuses them for good if at all",
            Source.BAD_DATA,
            LimitChecks::depthBomb),
        must(
            "O3.7",
            HTTP,
            "lives on after JSON nested 200,000 deep, and refuses it for good if at all",
            Source.BAD_DATA,
            LimitChecks::jsonDepthBomb),
        must(
            "O4.1",
            EVERY,
            "keeps its answer to 20,000 bad spans below 4 MiB",
            Source.PARTIAL_SUCCESS,
            LimitChecks::boundedAnswer));
  }

  private static Outcome tooLarge(Reply reply) {
    if (!reply.mediaType().startsWith("application/grpc")) {
      return PathChecks.status(reply, 413);
    }
    boolean exhausted =
        reply.grpc("grpc-status").equals(Answer.RESOURCE_EXHAUSTED)
            && Expect.refusedForGood(Answer.of(reply)) instanceof Outcome.Passed;
    return Expect.that(exhausted, "grpc-status 8 without RetryInfo", reply.shown());
  }

  private static Outcome zstdBomb(Session session) throws IOException {
    Outcome offered = Expect.offered(session.answer(Encoding.ZSTD, session.traces().one()));
    if (!(offered instanceof Outcome.Passed)) {
      return new Outcome.Skipped("zstd is not taken");
    }
    return tooLarge(session.export("zstd", session.sizes().tooLarge(Encoding.ZSTD)));
  }

  private static Outcome snappyLie(Session session) throws IOException {
    return Expect.refusedForGood(Answer.of(session.export("snappy", SNAPPY_LIE)));
  }

  private static Outcome depthBomb(Session session) throws IOException {
    return survives(session, session.answer(session.traces().deep()));
  }

  private static Outcome jsonDepthBomb(Session session) throws IOException {
    return survives(session, session.json(JsonTraces.value(session.traces(), Bombs.JSON_VALUE)));
  }

  private static Outcome survives(Session session, Answer answer) throws IOException {
    Outcome bomb =
        answer instanceof Answer.Refused refused && refused.reply().status() < 500
            ? Expect.refusedForGood(answer)
            : Expect.that(!(answer instanceof Answer.Refused), "taken or refused", answer);
    return Expect.all(bomb, Expect.taken(session.answer(session.traces().one())));
  }

  private static Outcome boundedAnswer(Session session) throws IOException {
    ByteString noId = ByteString.EMPTY;
    Span.Builder[] bad =
        Stream.generate(() -> session.traces().span().setTraceId(noId).clearName())
            .limit(BAD_SPANS)
            .toArray(Span.Builder[]::new);
    Reply reply = session.export(Traces.request(bad));
    int bytes = reply.body().length + reply.grpc("grpc-message").length();
    return Expect.that(bytes <= REPLY_BYTES_MAX, "at most 4 MiB", bytes + " bytes");
  }
}
