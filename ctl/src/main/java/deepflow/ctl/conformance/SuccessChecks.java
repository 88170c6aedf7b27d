package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Session.JSON;
import static deepflow.ctl.conformance.Session.PROTOBUF;
import static deepflow.ctl.conformance.Transport.EVERY;
import static deepflow.ctl.conformance.Transport.HTTP;
import static deepflow.ctl.conformance.Transport.ONLY_GRPC;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;

/// O5, O6, O7: what success looks like, in full and in part.
final class SuccessChecks {
  private static final int BAD_SPANS = 3;

  private SuccessChecks() {}

  static List<Check> all() {
    return Stream.of(types(), full(), partial()).flatMap(List::stream).toList();
  }

  private static List<Check> types() {
    return List.of(
        must(
            "O5.1",
            HTTP,
            "answers protobuf with Content-Type application/x-protobuf",
            Source.HTTP_RESPONSE,
            s -> type(s.export(s.traces().one()), PROTOBUF)),
        must(
            "O5.2",
            HTTP,
            "answers JSON with Content-Type application/json",
            Source.HTTP_RESPONSE,
            s -> type(s.post(JSON, JsonTraces.span(s.traces(), "")), JSON)),
        must(
            "O5.3",
            HTTP,
            "reads a Content-Type with parameters",
            Source.rfc9110("8.3.1"),
            s -> typed(s, "application/json; charset=utf-8")),
        must(
            "O5.4",
            HTTP,
            "reads a Content-Type in any letter case",
            Source.rfc9110("8.3.1"),
            s -> typed(s, "Application/JSON")),
        must(
            "O5.5",
            HTTP,
            "compresses its answer only for who asked, and as it says",
            Source.HTTP_RESPONSE,
            SuccessChecks::acceptEncoding),
        must(
            "O5.6",
            ONLY_GRPC,
            "answers with Content-Type application/grpc",
            Source.GRPC,
            SuccessChecks::grpcType));
  }

  private static List<Check> full() {
    return List.of(
        must(
            "O6.1",
            HTTP,
            "answers full success with exactly 200",
            Source.FULL_SUCCESS,
            s -> PathChecks.status(s.export(s.traces().one()), 200)),
        must(
            "O6.2",
            EVERY,
            "answers with an ExportTraceServiceResponse",
            Source.FULL_SUCCESS,
            SuccessChecks::isResponse),
        must(
            "O6.3",
            EVERY,
            "leaves partial_success unset when all is taken",
            Source.FULL_SUCCESS,
            SuccessChecks::hasNoPartialSuccess),
        must(
            "O6.4",
            HTTP,
            "answers JSON with an object, never with nothing",
            Source.FULL_SUCCESS,
            SuccessChecks::isJsonObject),
        must(
            "O6.5",
            HTTP,
            "leaves partialSuccess unset in JSON when all is taken",
            Source.FULL_SUCCESS,
            SuccessChecks::hasNoPartialSuccessInJson),
        must(
            "O6.6",
            ONLY_GRPC,
            "says OK in its trailers, after one message",
            Source.GRPC,
            SuccessChecks::grpcOk));
  }

  private static List<Check> partial() {
    return List.of(
        must(
            "O7.1",
            EVERY,
            "counts in a partial success the spans that it rejected",
            Source.PARTIAL_SUCCESS,
            SuccessChecks::countsRejected),
        should(
            "O7.2",
            EVERY,
            "says in a partial success why",
            Source.PARTIAL_SUCCESS,
            SuccessChecks::saysWhy),
        must(
            "O7.3",
            HTTP,
            "answers partial success with exactly 200",
            Source.PARTIAL_SUCCESS,
            SuccessChecks::partialIs200),
        must(
            "O7.4",
            HTTP,
            "writes the count in JSON as a string",
            Source.PROTO_JSON,
            SuccessChecks::countIsString));
  }

  private static Outcome type(Reply reply, String expected) {
    boolean applies = Expect.taken(Answer.of(reply)) instanceof Outcome.Passed;
    if (!applies) {
      return new Outcome.Skipped("not taken: " + reply.shown());
    }
    return Expect.that(
        reply.mediaType().equals(expected), expected, "'" + reply.header("content-type") + "'");
  }

  private static Outcome typed(Session session, String type) throws IOException {
    return Expect.taken(Answer.of(session.post(type, JsonTraces.span(session.traces(), ""))));
  }

  private static Outcome acceptEncoding(Session session) throws IOException {
    Reply plain = session.export(session.traces().one());
    Reply asked = session.post(PROTOBUF, session.traces().one(), "accept-encoding", "gzip");
    return Expect.all(
        Expect.that(
            plain.header("content-encoding").replace("identity", "").isEmpty(),
            "no Content-Encoding unasked",
            plain.header("content-encoding")),
        Expect.that(isReadable(asked), "nothing or gzip, as Content-Encoding says", asked.shown()));
  }

  private static boolean isReadable(Reply reply) {
    return switch (reply.header("content-encoding")) {
      case "", "identity" -> true;
      case "gzip" -> isGzip(reply.body());
      default -> false;
    };
  }

  private static boolean isGzip(byte[] body) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return in.readAllBytes().length <= Client.REPLY_BYTES_MAX;
    } catch (IOException _) {
      return false;
    }
  }

  private static Outcome grpcType(Session session) throws IOException {
    String type = session.export(session.traces().one()).mediaType();
    return Expect.that(
        type.equals("application/grpc") || type.startsWith("application/grpc+"),
        "application/grpc",
        "'" + type + "'");
  }

  private static Outcome isResponse(Session session) throws IOException {
    Reply reply = session.export(session.traces().one());
    return Expect.that(response(reply).isPresent(), "an ExportTraceServiceResponse", reply.shown());
  }

  private static Outcome hasNoPartialSuccess(Session session) throws IOException {
    Reply reply = session.export(session.traces().one());
    return response(reply)
        .map(response -> Expect.that(!response.hasPartialSuccess(), "no partial_success", response))
        .orElseGet(() -> new Outcome.Skipped("no answer that can be read: " + reply.shown()));
  }

  private static Optional<ExportTraceServiceResponse> response(Reply reply) {
    Optional<byte[]> message =
        reply.mediaType().startsWith("application/grpc")
            ? reply.message()
            : Optional.of(reply.body());
    try {
      return message.isEmpty()
          ? Optional.empty()
          : Optional.of(ExportTraceServiceResponse.parseFrom(message.get()));
    } catch (InvalidProtocolBufferException _) {
      return Optional.empty();
    }
  }

  private static Outcome isJsonObject(Session session) throws IOException {
    Reply reply = session.post(JSON, JsonTraces.span(session.traces(), ""));
    return Expect.that(reply.json().isPresent(), "{}", reply.shown());
  }

  private static Outcome hasNoPartialSuccessInJson(Session session) throws IOException {
    Reply reply = session.post(JSON, JsonTraces.span(session.traces(), ""));
    boolean unset =
        reply.json().map(json -> json.path("partialSuccess").isMissingNode()).orElse(true);
    return Expect.that(unset, "{}", reply.shown());
  }

  private static Outcome grpcOk(Session session) throws IOException {
    Reply reply = session.export(session.traces().one());
    boolean ok = "0".equals(reply.trailers().get("grpc-status")) && reply.message().isPresent();
    return Expect.that(ok, "one message, then grpc-status 0", reply.shown());
  }

  /// A request of which three spans have no id that is one.
  private static byte[] partlyBad(Session session) {
    Traces traces = session.traces();
    ByteString shortId = ByteString.copyFrom(traces.id(7));
    return Traces.request(
        traces.span(),
        traces.span().setTraceId(shortId),
        traces.span().setSpanId(shortId),
        traces.span().setTraceId(shortId),
        traces.span());
  }

  private static Outcome countsRejected(Session session) throws IOException {
    Answer answer = session.answer(partlyBad(session));
    return answer instanceof Answer.Partial partial
        ? Expect.that(partial.rejectedSpans() == BAD_SPANS, BAD_SPANS + " rejected", partial)
        : noPartialSuccess(answer);
  }

  private static Outcome saysWhy(Session session) throws IOException {
    Answer answer = session.answer(partlyBad(session));
    return answer instanceof Answer.Partial partial
        ? Expect.that(!partial.message().isBlank(), "a message", partial)
        : noPartialSuccess(answer);
  }

  private static Outcome partialIs200(Session session) throws IOException {
    Reply reply = session.export(partlyBad(session));
    Answer answer = Answer.of(reply);
    return answer instanceof Answer.Partial
        ? PathChecks.status(reply, 200)
        : noPartialSuccess(answer);
  }

  private static Outcome countIsString(Session session) throws IOException {
    String bad = JsonTraces.span("0102", session.traces().spanId(), "", "");
    Reply reply = session.post(JSON, bad);
    Answer answer = Answer.of(reply);
    if (!(answer instanceof Answer.Partial)) {
      return noPartialSuccess(answer);
    }
    JsonNode count = reply.json().orElseThrow().path("partialSuccess").path("rejectedSpans");
    return Expect.that(count.isString(), "\"rejectedSpans\":\"1\"", reply.text());
  }

  private static Outcome noPartialSuccess(Answer answer) {
    return new Outcome.Skipped("no partial success here: " + answer);
  }
}
