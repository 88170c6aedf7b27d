package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.may;
import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Session.JSON;
import static deepflow.ctl.conformance.Session.PROTOBUF;
import static deepflow.ctl.conformance.Transport.HTTP;
import static deepflow.ctl.conformance.Transport.ONLY_GRPC;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/// O1, O21: what is where, and what isn't.
final class PathChecks {
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final String UNIMPLEMENTED = "12";

  private PathChecks() {}

  static List<Check> all() {
    return Stream.of(present(), absent()).flatMap(List::stream).toList();
  }

  private static List<Check> present() {
    return List.of(
        must(
            "O1.1",
            Transport.EVERY,
            "takes a span in protobuf",
            Source.PROTOCOL,
            s -> Expect.taken(s.answer(s.traces().one()))),
        should(
            "O1.2",
            HTTP,
            "takes OTLP/JSON on the same port and path",
            Source.CONNECTION,
            s -> Expect.taken(s.json(JsonTraces.span(s.traces(), "")))),
        may(
            "O1.3",
            HTTP,
            "takes OTLP/gRPC on the same port",
            Source.CONNECTION,
            s -> alsoBy(s, Transport.GRPC)),
        may(
            "O1.4",
            ONLY_GRPC,
            "takes OTLP/HTTP on the same port",
            Source.CONNECTION,
            s -> alsoBy(s, Transport.HTTP_1)));
  }

  private static List<Check> absent() {
    return List.of(
        should(
            "O21.1",
            HTTP,
            "answers an unknown path with 404",
            Source.rfc9110("15.5.5"),
            s -> status(s.send(elsewhere(s)), 404)),
        should(
            "O21.2",
            HTTP,
            "answers another method than POST with 405",
            Source.rfc9110("15.5.6"),
            s -> status(get(s), METHOD_NOT_ALLOWED)),
        must(
            "O21.3",
            HTTP,
            "says with each 405 which methods there are",
            Source.rfc9110("15.5.6"),
            PathChecks::allows),
        should(
            "O21.4",
            HTTP,
            "answers an unknown Content-Type with 415",
            Source.rfc9110("15.5.16"),
            s -> status(s.post("text/plain", "traces"), 415)),
        must(
            "O21.5",
            HTTP,
            "doesn't say success to a Content-Type that it doesn't read",
            Source.HTTP_RESPONSE,
            s -> Expect.refusedForGood(Answer.of(s.post("text/plain", s.traces().one())))),
        must(
            "O21.6",
            ONLY_GRPC,
            "answers an unknown method with UNIMPLEMENTED",
            Source.GRPC,
            s -> unimplemented(s, Target.GRPC_EXPORT.replace("Export", "Import"))),
        must(
            "O21.7",
            ONLY_GRPC,
            "answers an unknown service with UNIMPLEMENTED",
            Source.GRPC,
            s -> unimplemented(s, "/deepflow.conformance.NoSuchService/Export")));
  }

  private static Outcome alsoBy(Session session, Transport transport) {
    try (Session other = session.over(transport)) {
      return Expect.offered(other.answer(other.traces().one()));
    } catch (IOException e) {
      return new Outcome.Skipped("not offered: " + e.getMessage());
    }
  }

  /// A request in protobuf to a path that no server has.
  static Call elsewhere(Session session) {
    return Call.of("POST", "/no/such/path", session.traces().one(), "content-type", PROTOBUF);
  }

  static Reply get(Session session) throws IOException {
    return session.send(Call.of("GET", session.target().path(), new byte[0], "content-type", JSON));
  }

  private static Outcome allows(Session session) throws IOException {
    Reply reply = get(session);
    return reply.status() == METHOD_NOT_ALLOWED
        ? Expect.that(
            reply.header("allow").contains("POST"),
            "Allow: POST",
            "Allow: " + reply.header("allow"))
        : new Outcome.Skipped("no 405: " + reply.shown());
  }

  private static Outcome unimplemented(Session session, String path) throws IOException {
    byte[] frame = GrpcFrame.of(false, session.traces().one());
    Reply reply =
        session.send(
            Call.of("POST", path, frame, "content-type", "application/grpc", "te", "trailers"));
    return Expect.that(
        reply.grpc("grpc-status").equals(UNIMPLEMENTED), "grpc-status 12", reply.shown());
  }

  static Outcome status(Reply reply, int expected) {
    return Expect.that(reply.status() == expected, "HTTP " + expected, reply.shown());
  }
}
