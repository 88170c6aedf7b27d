package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A script that sends by the SDK of its language and prints the trace id.
final class SdkScript {
  private static final Pattern TRACE_ID = Pattern.compile("(?m)^[0-9a-f]{32}$");

  private SdkScript() {}

  /// Runs it to its end.
  ///
  /// @param name of its log
  /// @return the trace id, in hex
  static String run(String name, List<String> command) throws Exception {
    try (RunningProcess process = RunningProcess.start(name, command, Map.of())) {
      assertThat(process.await(Duration.ofSeconds(30))).as(process.endOfLog()).isZero();
      // The log has what earlier runs of that name printed, too.
      List<String> ids = TRACE_ID.matcher(process.log()).results().map(MatchResult::group).toList();
      assertThat(ids).as(process.log()).isNotEmpty();
      return ids.getLast();
    }
  }
}
