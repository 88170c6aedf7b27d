package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.may;
import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Session.PROTOBUF;
import static deepflow.ctl.conformance.Transport.EVERY;
import static deepflow.ctl.conformance.Transport.HTTP;
import static deepflow.ctl.conformance.Transport.ONLY_HTTP_1;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// O11, O22: connections, and many requests at once.
final class ConnectionChecks {
  private static final int AT_ONCE = 32;
  private static final long PAUSE_NANOS = 20_000_000;

  private ConnectionChecks() {}

  static List<Check> all() {
    return Stream.of(connections(), bodies()).flatMap(List::stream).toList();
  }

  private static List<Check> connections() {
    return List.of(
        must(
            "O11.1",
            EVERY,
            "takes 32 requests at once, or says to come back, and when",
            Source.THROTTLING,
            ConnectionChecks::manyAtOnce),
        should(
            "O22.1",
            ONLY_HTTP_1,
            "keeps a connection for the next request",
            Source.CONNECTION,
            ConnectionChecks::keepsAlive),
        should(
            "O22.2",
            ONLY_HTTP_1,
            "keeps a connection after a refused request",
            Source.CONNECTION,
            ConnectionChecks::keepsAliveAfterRefusal),
        must(
            "O22.3",
            ONLY_HTTP_1,
            "answers requests that come without waiting, in their order",
            Source.rfc9112("9.3.2"),
            ConnectionChecks::pipelined));
  }

  private static List<Check> bodies() {
    return List.of(
        must(
            "O22.4",
            ONLY_HTTP_1,
            "takes a chunked body without Content-Length",
            Source.rfc9112("7.1"),
            ConnectionChecks::chunked),
        must(
            "O22.5",
            ONLY_HTTP_1,
            "answers Expect: 100-continue before the body comes",
            Source.rfc9110("10.1.1"),
            ConnectionChecks::continues),
        must(
            "O22.6",
            ONLY_HTTP_1,
            "takes a body that comes in pieces",
            Source.rfc9112("6"),
            ConnectionChecks::pieces),
        must(
            "O22.7",
            ONLY_HTTP_1,
            "takes a request without a body and its length as empty, or asks" + " for the length",
            Source.rfc9112("6.3"),
            ConnectionChecks::noLength),
        may(
            "O22.8",
            ONLY_HTTP_1,
            "speaks HTTP/2 without TLS by prior knowledge",
            Source.CONNECTION,
            ConnectionChecks::priorKnowledge),
        may(
            "O22.9",
            HTTP,
            "lets browsers ask whether they may send (CORS)",
            "Fetch Standard, CORS protocol",
            ConnectionChecks::preflight));
  }

  private static Outcome manyAtOnce(Session session) throws IOException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Reply>> replies =
          IntStream.range(0, AT_ONCE)
              .mapToObj(_ -> session.traces().one())
              .map(request -> threads.submit(() -> session.export(request)))
              .toList();
      for (Future<Reply> reply : replies) {
        Outcome outcome = takenOrBusy(reply.get());
        if (!(outcome instanceof Outcome.Passed)) {
          return outcome;
        }
      }
      return Outcome.PASSED;
    } catch (ExecutionException e) {
      throw new IOException("one of 32 requests had no answer: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static Outcome takenOrBusy(Reply reply) {
    Answer answer = Answer.of(reply);
    String retryAfter = reply.header("retry-after");
    return switch (answer) {
      case Answer.Full _, Answer.Partial _ -> Expect.taken(answer);
      case Answer.Refused refused ->
          Expect.all(
              Expect.that(refused.retryable(), "success, or 429 or 503 (UNAVAILABLE)", refused),
              Expect.that(
                  retryAfter.matches("|\\d+|\\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} GMT"),
                  "Retry-After in seconds or as a date",
                  "'" + retryAfter + "'"));
    };
  }

  private static Outcome keepsAlive(Session session) throws IOException {
    try (Http1Connection connection = session.connect()) {
      return Expect.all(taken(connection, session), taken(connection, session));
    }
  }

  private static Outcome taken(Http1Connection connection, Session session) throws IOException {
    Call call = session.call(PROTOBUF, session.traces().one());
    return Expect.taken(Answer.of(connection.exchange(call)));
  }

  private static Outcome keepsAliveAfterRefusal(Session session) throws IOException {
    try (Http1Connection connection = session.connect()) {
      Call refused = session.call("text/plain", session.traces().one());
      connection.exchange(refused);
      return taken(connection, session);
    }
  }

  private static Outcome pipelined(Session session) throws IOException {
    Call good = session.call(PROTOBUF, session.traces().one());
    Call bad = session.call(PROTOBUF, new byte[] {0x0a, 0x7f});
    try (Http1Connection connection = session.connect()) {
      connection.write(
          Traces.concat(
              connection.head(good),
              good.body(),
              connection.head(bad),
              bad.body(),
              connection.head(good),
              good.body()));
      return Expect.all(
          Expect.taken(Answer.of(connection.readFinal(good))),
          Expect.refusedForGood(Answer.of(connection.readFinal(bad))),
          Expect.taken(Answer.of(connection.readFinal(good))));
    }
  }

  private static Outcome chunked(Session session) throws IOException {
    byte[] request = session.traces().one();
    Call call = session.call(PROTOBUF, request, "transfer-encoding", "chunked");
    int half = request.length / 2;
    try (Http1Connection connection = session.connect()) {
      connection.write(connection.head(call));
      chunk(connection, Arrays.copyOf(request, half));
      chunk(connection, Arrays.copyOfRange(request, half, request.length));
      connection.write("0\r\n\r\n");
      return Expect.taken(Answer.of(connection.readFinal(call)));
    }
  }

  private static void chunk(Http1Connection connection, byte[] bytes) throws IOException {
    connection.write(Integer.toHexString(bytes.length) + "\r\n");
    connection.write(bytes);
    connection.write("\r\n");
  }

  private static Outcome continues(Session session) throws IOException {
    Call call = session.call(PROTOBUF, session.traces().one(), "expect", "100-continue");
    try (Http1Connection connection = session.connect()) {
      connection.write(connection.head(call));
      Reply first = connection.read(call);
      if (first.status() != 100) {
        return Expect.taken(Answer.of(first));
      }
      connection.write(call.body());
      return Expect.taken(Answer.of(connection.readFinal(call)));
    }
  }

  private static Outcome pieces(Session session) throws IOException {
    Call call = session.call(PROTOBUF, session.traces().one());
    try (Http1Connection connection = session.connect()) {
      connection.write(connection.head(call));
      LockSupport.parkNanos(PAUSE_NANOS); // or the kernel joins the pieces again
      for (int i = 0; i < call.body().length; i += 20) {
        int end = Math.min(i + 20, call.body().length);
        connection.write(Arrays.copyOfRange(call.body(), i, end));
      }
      return Expect.taken(Answer.of(connection.readFinal(call)));
    }
  }

  private static Outcome noLength(Session session) throws IOException {
    Call call = session.call(PROTOBUF, new byte[0]);
    try (Http1Connection connection = session.connect()) {
      String head = new String(connection.head(call), StandardCharsets.UTF_8);
      connection.write(head.replace("content-length: 0\r\n", ""));
      Reply reply = connection.readFinal(call);
      return reply.status() == 411 ? Outcome.PASSED : Expect.taken(Answer.of(reply));
    }
  }

  private static Outcome priorKnowledge(Session session) throws IOException {
    try (Session other = session.over(Transport.HTTP_2)) {
      return Expect.offered(other.answer(other.traces().one()));
    } catch (IOException e) {
      return new Outcome.Skipped("not offered: " + e.getMessage());
    }
  }

  private static Outcome preflight(Session session) throws IOException {
    Reply reply =
        session.send(
            Call.of(
                "OPTIONS",
                session.target().path(),
                new byte[0],
                "origin",
                "https://conformance.example",
                "access-control-request-method",
                "POST",
                "access-control-request-headers",
                "content-type"));
    String origin = reply.header("access-control-allow-origin");
    if (origin.isEmpty()) {
      return new Outcome.Skipped("not offered to this origin: " + reply.shown());
    }
    boolean allowed =
        reply.status() / 100 == 2
            && (origin.equals("*") || origin.equals("https://conformance.example"));
    return Expect.that(allowed, "2xx and this origin", reply.shown() + ", allowed is " + origin);
  }
}
