package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Session.JSON;
import static deepflow.ctl.conformance.Session.PROTOBUF;
import static deepflow.ctl.conformance.Transport.EVERY;
import static deepflow.ctl.conformance.Transport.HTTP;
import static deepflow.ctl.conformance.Transport.ONLY_GRPC;

import com.google.rpc.Status;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// O8, O9, O10, O12: what failure looks like, and who is told to come back.
final class FailureChecks {
  /// Length-delimited field 1 of 127 bytes, of which there are none.
  private static final byte[] GARBAGE = {0x0a, 0x7f};

  private static final String NO_JSON = "{\"resourceSpans\":[";
  private static final String WRONG_TYPE = "{\"resourceSpans\":5}";

  private FailureChecks() {}

  static List<Check> all() {
    return Stream.of(explanations(), badRequests(), details()).flatMap(List::stream).toList();
  }

  private static List<Check> explanations() {
    return List.of(
        must(
            "O8.1",
            HTTP,
            "explains an error to a protobuf sender by a Status in protobuf",
            Source.FAILURES,
            s -> hasStatus(s.post(PROTOBUF, GARBAGE), PROTOBUF)),
        must(
            "O8.2",
            HTTP,
            "explains an error to a JSON sender by a Status in JSON",
            Source.HTTP_RESPONSE,
            s -> hasStatus(s.post(JSON, NO_JSON), JSON)),
        should(
            "O8.3",
            HTTP,
            "says in Status.message what is wrong",
            Source.FAILURES,
            FailureChecks::hasMessage),
        must(
            "O8.4",
            HTTP,
            "explains 404 by a Status in the request's encoding",
            Source.FAILURES,
            s -> hasStatus(s.send(PathChecks.elsewhere(s)), PROTOBUF)),
        must(
            "O8.5",
            HTTP,
            "explains 405 and 415 by a Status",
            Source.FAILURES,
            FailureChecks::statusWithoutEncoding),
        should(
            "O8.6",
            ONLY_GRPC,
            "says in grpc-message what is wrong",
            Source.FAILURES,
            FailureChecks::hasGrpcMessage));
  }

  private static List<Check> badRequests() {
    return List.of(
        must(
            "O9.1",
            HTTP,
            "answers what is no protobuf with 400",
            Source.BAD_DATA,
            s -> PathChecks.status(s.post(PROTOBUF, GARBAGE), 400)),
        must(
            "O9.2",
            EVERY,
            "refuses for good a request that is cut off, wherever",
            Source.BAD_DATA,
            FailureChecks::cutOff),
        must(
            "O9.3",
            HTTP,
            "answers what is no JSON with 400",
            Source.BAD_DATA,
            s -> PathChecks.status(s.post(JSON, NO_JSON), 400)),
        must(
            "O9.4",
            HTTP,
            "answers JSON of a wrong type with 400",
            Source.BAD_DATA,
            s -> PathChecks.status(s.post(JSON, WRONG_TYPE), 400)),
        must(
            "O9.5",
            HTTP,
            "answers a broken gzip stream with 400",
            Source.BAD_DATA,
            s -> PathChecks.status(s.export("gzip", s.traces().one()), 400)));
  }

  private static List<Check> details() {
    return List.of(
        should(
            "O9.6",
            EVERY,
            "describes bad data by a BadRequest in Status.details",
            Source.BAD_DATA,
            FailureChecks::hasBadRequest),
        should(
            "O9.7",
            ONLY_GRPC,
            "answers what is no protobuf with INVALID_ARGUMENT",
            Source.FAILURES,
            FailureChecks::invalidArgument),
        must(
            "O9.8",
            ONLY_GRPC,
            "refuses for good a frame that ends before its length",
            Source.GRPC,
            s ->
                Expect.refusedForGood(
                    Answer.of(s.grpc(GrpcFrame.of(false, 1000, s.traces().one()))))),
        must(
            "O10.1",
            HTTP,
            "never asks to send bad data again: no 429, 502, 503, 504, no 5xx",
            Source.RETRYABLE,
            FailureChecks::neverRetriesBadHttp),
        must(
            "O12.1",
            ONLY_GRPC,
            "never asks to send bad data again: no retryable code",
            Source.FAILURES,
            s -> Expect.refusedForGood(s.answer(GARBAGE))));
  }

  private static Outcome hasStatus(Reply reply, String type) {
    return reply.status() < 400
        ? new Outcome.Skipped("no error: " + reply.shown())
        : Expect.that(
            reply.mediaType().equals(type) && reply.rpcStatus().isPresent(),
            "a google.rpc.Status as " + type,
            reply.shown());
  }

  private static Outcome hasMessage(Session session) throws IOException {
    Reply reply = session.post(PROTOBUF, GARBAGE);
    return reply
        .rpcStatus()
        .map(status -> Expect.that(!status.getMessage().isBlank(), "a message", reply.shown()))
        .orElseGet(() -> new Outcome.Skipped("no Status: " + reply.shown()));
  }

  private static Outcome statusWithoutEncoding(Session session) throws IOException {
    Reply wrongMethod = PathChecks.get(session);
    Reply wrongType = session.post("text/plain", "traces");
    return Expect.all(anyStatus(wrongMethod), anyStatus(wrongType));
  }

  /// A request without an encoding of OTLP's is answered in either.
  private static Outcome anyStatus(Reply reply) {
    return Expect.that(
        reply.status() < 400 || reply.rpcStatus().isPresent(),
        "a google.rpc.Status in protobuf or JSON",
        reply.shown());
  }

  private static Outcome hasGrpcMessage(Session session) throws IOException {
    Reply reply = session.export(GARBAGE);
    return Expect.that(!reply.grpc("grpc-message").isBlank(), "a message", reply.shown());
  }

  private static Outcome cutOff(Session session) throws IOException {
    byte[] whole = session.traces().one();
    for (int length : new int[] {1, whole.length / 3, whole.length / 2, whole.length - 1}) {
      Outcome outcome = Expect.refusedForGood(session.answer(Arrays.copyOf(whole, length)));
      if (!(outcome instanceof Outcome.Passed)) {
        return outcome;
      }
    }
    return Outcome.PASSED;
  }

  private static Outcome hasBadRequest(Session session) throws IOException {
    Reply reply = session.export(GARBAGE);
    Status status = reply.rpcStatus().orElse(Status.getDefaultInstance());
    return Expect.that(
        RpcStatus.hasDetail(status, "BadRequest"),
        "details with google.rpc.BadRequest",
        reply.shown());
  }

  private static Outcome invalidArgument(Session session) throws IOException {
    Reply reply = session.export(GARBAGE);
    return Expect.that(reply.grpc("grpc-status").equals("3"), "grpc-status 3", reply.shown());
  }

  private static Outcome neverRetriesBadHttp(Session session) throws IOException {
    List<Reply> replies =
        List.of(
            session.post(PROTOBUF, GARBAGE),
            session.post(JSON, NO_JSON),
            session.post(JSON, WRONG_TYPE),
            session.export("gzip", GARBAGE),
            session.export("x-no-such-encoding", GARBAGE),
            session.post("text/plain", GARBAGE),
            session.send(PathChecks.elsewhere(session)));
    for (Reply reply : replies) {
      if (reply.status() == 429 || reply.status() >= 500) {
        return new Outcome.Failed("a 4xx other than 429", reply.shown());
      }
    }
    return Outcome.PASSED;
  }
}
