package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The real telemetrygen, which sends traces by the Go SDK and ends.
final class Telemetrygen {
  private Telemetrygen() {}

  /// Traces with one root, two children and one link a span, over gRPC.
  static void overGrpc(String service, int port, int traces) throws Exception {
    run(service, port, traces, List.of());
  }

  /// The same over HTTP.
  static void overHttp(String service, int port, String path, int traces) throws Exception {
    run(service, port, traces, List.of("--otlp-http", "--otlp-http-url-path", path));
  }

  private static void run(String service, int port, int traces, List<String> how) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(RealParts.telemetrygen().toString());
    command.addAll(List.of("traces", "--otlp-insecure", "--otlp-endpoint", "127.0.0.1:" + port));
    command.addAll(List.of("--service", service, "--traces", Integer.toString(traces)));
    command.addAll(List.of("--child-spans", "2", "--span-links", "1", "--rate", "0"));
    command.addAll(how);
    try (RunningProcess process = RunningProcess.start(service, command, Map.of())) {
      int code = process.await(Duration.ofSeconds(60));
      assertThat(code).as(process.endOfLog()).isZero();
    }
  }
}
