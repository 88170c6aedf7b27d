package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The real JavaScript SDK, whose exporter over HTTP sends JSON, in chunks and without a length.
final class JsSdk {
  private static final Pattern TRACE_ID = Pattern.compile("(?m)^[0-9a-f]{32}$");

  private JsSdk() {}

  /// Sends a parent and a child.
  ///
  /// @param endpoint path included
  /// @param compression `none` or `gzip`
  /// @return the trace id, in hex
  static String send(String endpoint, String compression) throws Exception {
    String script = RealParts.jsSdk().toString();
    List<String> command = List.of("node", script, endpoint, compression);
    try (RunningProcess process =
        RunningProcess.start("js-sdk-" + compression, command, Map.of())) {
      assertThat(process.await(Duration.ofSeconds(30))).as(process.endOfLog()).isZero();
      Matcher matcher = TRACE_ID.matcher(process.log());
      assertThat(matcher.find()).as(process.log()).isTrue();
      return matcher.group();
    }
  }
}
