package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.may;
import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Transport.EVERY;
import static deepflow.ctl.conformance.Transport.HTTP;
import static deepflow.ctl.conformance.Transport.ONLY_GRPC;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// O2: how requests are compressed.
final class CompressionChecks {
  private CompressionChecks() {}

  static List<Check> all() {
    return Stream.of(known(), unknown()).flatMap(List::stream).toList();
  }

  private static List<Check> known() {
    return List.of(
        must(
            "O2.1",
            EVERY,
            "takes requests compressed by gzip",
            Source.PROTOCOL,
            s -> Expect.taken(s.answer(Encoding.GZIP, s.traces().one()))),
        must(
            "O2.2",
            HTTP,
            "takes JSON compressed by gzip",
            Source.PROTOCOL,
            CompressionChecks::gzippedJson),
        may("O2.3", EVERY, "takes zstd", Source.PROTOCOL, s -> offers(s, Encoding.ZSTD)),
        may("O2.4", EVERY, "takes deflate", Source.PROTOCOL, s -> offers(s, Encoding.DEFLATE)),
        may(
            "O2.5",
            HTTP,
            "takes snappy blocks",
            Source.PROTOCOL,
            s -> offers(s, Encoding.SNAPPY_BLOCK)),
        may(
            "O2.6",
            HTTP,
            "takes framed snappy",
            Source.PROTOCOL,
            s -> offers(s, Encoding.SNAPPY_FRAMED)),
        may(
            "O2.7",
            ONLY_GRPC,
            "takes snappy, which by gRPC is framed",
            Source.PROTOCOL,
            CompressionChecks::snappyByGrpc));
  }

  private static List<Check> unknown() {
    return List.of(
        must(
            "O2.8",
            HTTP,
            "refuses an encoding that it doesn't know with 415 or 400",
            Source.rfc9110("8.4"),
            CompressionChecks::unknownEncoding),
        must(
            "O2.9",
            ONLY_GRPC,
            "answers an encoding that it doesn't know with UNIMPLEMENTED",
            Source.GRPC_COMPRESSION,
            CompressionChecks::unknownGrpcEncoding),
        should(
            "O2.10",
            ONLY_GRPC,
            "says which encodings it knows when it is sent another",
            Source.GRPC_COMPRESSION,
            CompressionChecks::namesGrpcEncodings),
        must(
            "O2.11",
            EVERY,
            "refuses for good what isn't compressed as it says",
            Source.BAD_DATA,
            s -> Expect.refusedForGood(Answer.of(s.export("gzip", s.traces().one())))),
        must(
            "O2.12",
            EVERY,
            "refuses for good a gzip stream that is cut off",
            Source.BAD_DATA,
            CompressionChecks::cutOff),
        must(
            "O2.13",
            ONLY_GRPC,
            "takes an uncompressed message in a call that may compress",
            Source.GRPC,
            s ->
                Expect.taken(
                    Answer.of(
                        s.grpc(GrpcFrame.of(false, s.traces().one()), "grpc-encoding", "gzip")))));
  }

  private static Outcome gzippedJson(Session session) throws IOException {
    byte[] json =
        Encoding.GZIP.compress(
            JsonTraces.span(session.traces(), "").getBytes(StandardCharsets.UTF_8));
    return Expect.taken(Answer.of(session.post(Session.JSON, json, "content-encoding", "gzip")));
  }

  private static Outcome offers(Session session, Encoding encoding) throws IOException {
    return Expect.offered(session.answer(encoding, session.traces().one()));
  }

  private static Outcome snappyByGrpc(Session session) throws IOException {
    byte[] framed = Encoding.SNAPPY_FRAMED.compress(session.traces().one());
    return Expect.offered(Answer.of(session.export("snappy", framed)));
  }

  private static Outcome unknownEncoding(Session session) throws IOException {
    Reply reply = session.export("x-no-such-encoding", session.traces().one());
    boolean refused = reply.status() == 415 || reply.status() == 400;
    return Expect.that(refused, "HTTP 415 or 400", reply.shown());
  }

  private static Outcome unknownGrpcEncoding(Session session) throws IOException {
    Reply reply = session.export("x-no-such-encoding", session.traces().one());
    return Expect.that(reply.grpc("grpc-status").equals("12"), "grpc-status 12", reply.shown());
  }

  private static Outcome namesGrpcEncodings(Session session) throws IOException {
    Reply reply = session.export("x-no-such-encoding", session.traces().one());
    String named = reply.grpc("grpc-accept-encoding");
    return Expect.that(
        named.contains("gzip"), "grpc-accept-encoding with gzip", "grpc-accept-encoding: " + named);
  }

  private static Outcome cutOff(Session session) throws IOException {
    byte[] whole = Encoding.GZIP.compress(session.traces().one());
    byte[] cut = Arrays.copyOf(whole, whole.length - 12);
    return Expect.refusedForGood(Answer.of(session.export("gzip", cut)));
  }
}
