package deepflow.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import deepflow.agent.receive.ReceivePort;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent as a whole: in this process with a real queue, and as a program of its own.
class AgentMainTest {
  private static final byte[] REQUEST =
      ExportTraceServiceRequest.newBuilder()
          .addResourceSpans(
              ResourceSpans.newBuilder()
                  .addScopeSpans(
                      ScopeSpans.newBuilder()
                          .addSpans(
                              Span.newBuilder()
                                  .setTraceId(ByteString.copyFromUtf8("a trace of 16 b."))
                                  .setSpanId(ByteString.copyFromUtf8("8 bytes.")))))
          .build()
          .toByteArray();

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void knowsARequestAgainAfterARestart() throws Exception {
    try (RunningAgent agent = AgentMain.start(config())) {
      assertThat(send(agent.endpoints().getFirst()).statusCode()).isEqualTo(200);
      assertThat(get(agent, "/ready").body()).isEqualTo("ready\n");
    }
    try (RunningAgent agent = AgentMain.start(config())) {
      assertThat(send(agent.endpoints().getFirst()).statusCode()).isEqualTo(200);
      assertThat(get(agent, "/metrics").body())
          .contains(
              "deepflow_agent_requests_total{dialect=\"http_protobuf\",outcome=\"repeated\"} 1.0");
    }
  }

  @Test
  void refusesSendersOnceItIsClosed() throws Exception {
    RunningAgent agent = AgentMain.start(config());
    agent.close();
    agent.close();

    String endpoint = agent.endpoints().getFirst();
    assertThatThrownBy(() -> send(endpoint)).isInstanceOf(IOException.class);
  }

  @Test
  void endsWithZeroWhenItIsToldToStop() throws Exception {
    AgentProcess agent = run("--agent-port", "0", "--otlp-grpc-port", "0", "--otlp-http-port", "0");
    String endpoint = agent.awaitEndpoint();

    assertThat(send(endpoint).statusCode()).isEqualTo(200);
    agent.process().destroy();

    assertThat(agent.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.process().exitValue()).isZero();
  }

  @Test
  void saysInOneSentenceWhichPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      AgentProcess agent =
          run("--agent-port", "0", "--otlp-grpc-port", port, "--otlp-http-port", "0");

      agent.awaitLine(
          "deepflow-agent: port "
              + port
              + " on 127.0.0.1 can't be used (Address already in use): stop what uses it, or choose"
              + " another with --otlp-grpc-port");
      assertThat(agent.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(agent.process().exitValue()).isEqualTo(1);
    }
  }

  @Test
  void saysInOneSentenceWhyItsDataDirectoryCannotBeUsed() throws Exception {
    Path file = Files.writeString(data.resolve("file"), "not a directory");

    assertThatThrownBy(() -> AgentMain.start(AgentConfig.defaults(file.resolve("data"))))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the data directory " + file + "/data can't be used (")
        .hasMessageEndingWith("): mend that, or choose another with --data");
    try (RunningAgent first = AgentMain.start(config())) {
      assertThat(first.ports()).hasSize(1);
      assertThatThrownBy(() -> AgentMain.start(config()))
          .hasMessageContaining("is in use by another agent");
    }
  }

  @Test
  void saysInOneSentenceWhyItsCertificateCannotBeUsed() throws Exception {
    Path none = data.resolve("none.pem");
    AgentProcess agent = run("--tls-cert", none.toString(), "--tls-key", none.toString());

    String line = agent.awaitLine("deepflow-agent: " + none + " can't be read");
    assertThat(line).endsWith("another file with --tls-cert, --tls-key or --tls-client-ca");
    assertThat(agent.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.process().exitValue()).isEqualTo(1);
  }

  @Test
  void saysWhatIsWrongWithItsSettings() throws Exception {
    AgentProcess agent = run("--agent-prot", "1");

    agent.awaitLine("--agent-prot");
    assertThat(agent.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.process().exitValue()).isEqualTo(2);
  }

  private AgentConfig config() {
    return AgentConfig.defaults(data).withPorts(List.of(new ReceivePort(0, "--agent-port", false)));
  }

  private HttpResponse<String> send(String endpoint) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(endpoint + "/v1/traces"))
            .header("content-type", "application/x-protobuf")
            .POST(BodyPublishers.ofByteArray(REQUEST))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(RunningAgent agent, String path) throws Exception {
    URI uri = URI.create(agent.endpoints().getFirst() + path);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private AgentProcess run(String... flags) throws IOException {
    return AgentProcess.start("-Xmx256m", data, flags);
  }
}
