package deepflow.ctl.conformance;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// All checks, in the order of their rules.
final class Suite {
  static final List<Check> CHECKS =
      Stream.of(
              PathChecks.all(),
              CompressionChecks.all(),
              LimitChecks.all(),
              SuccessChecks.all(),
              FailureChecks.all(),
              JsonChecks.all(),
              ContentChecks.all(),
              ConnectionChecks.all())
          .flatMap(List::stream)
          .sorted(Suite::byNumber)
          .toList();

  /// A check and what it found.
  record Result(Check check, Outcome outcome) {
    boolean breaksMust() {
      return check.level() == Level.MUST && outcome instanceof Outcome.Failed;
    }
  }

  private Suite() {}

  /// The checks with one of these numbers, `O7` or `O7.2`; all when there is none.
  static List<Check> only(Collection<String> ids) {
    List<String> wanted = ids.stream().map(id -> id.strip().toUpperCase(Locale.ROOT)).toList();
    return CHECKS.stream()
        .filter(check ->
            wanted.isEmpty() || wanted.contains(check.id()) || wanted.contains(check.group()))
        .toList();
  }

  /// Runs those of the checks that this transport can show.
  ///
  /// @throws IOException when nobody listens there
  static List<Result> run(Target target, Options options, List<Check> checks) throws IOException {
    knock(target, options);
    try (Session session = new Session(target, options)) {
      return checks.stream()
          .filter(check -> check.transports().contains(target.transport()))
          .map(check -> new Result(check, check.run(session)))
          .toList();
    }
  }

  private static void knock(Target target, Options options) throws IOException {
    try (Socket socket = new Socket()) {
      int millis = (int) options.timeout().toMillis();
      socket.connect(new InetSocketAddress(target.socketHost(), target.port()), millis);
    }
  }

  private static int byNumber(Check a, Check b) {
    int group = Integer.compare(number(a.group()), number(b.group()));
    return group != 0 ? group : Integer.compare(counter(a), counter(b));
  }

  private static int number(String group) {
    return Integer.parseInt(group.substring(1));
  }

  private static int counter(Check check) {
    return Integer.parseInt(check.id().substring(check.group().length() + 1));
  }
}
