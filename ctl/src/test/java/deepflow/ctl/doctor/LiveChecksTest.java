package deepflow.ctl.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What programs can say of themselves, and what the doctor makes of it. acceptance/ DoctorIT asks
/// the real ones.
class LiveChecksTest {
  private static final String GOOD_AGENT =
      """
      # HELP deepflow_agent_requests_total Requests
      deepflow_agent_requests_total{dialect="grpc",outcome="accepted"} 7.0
      deepflow_agent_forward_connected 1.0
      deepflow_agent_queue_bytes 10.0
      deepflow_agent_queue_capacity_bytes 1000.0
      deepflow_agent_refused_total{reason="not_found"} 0.0
      """;
  private static final String GOOD_SERVER = "deepflow_server_spans_total 7.0\n";
  private static final String NOW = "2026-11-26T05:00:00Z";

  private final Map<String, String> answers = new HashMap<>();
  private final HttpServer program = newServer();
  private int readyStatus = 200;

  private static HttpServer newServer() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void listen() {
    program.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          byte[] body = answers.getOrDefault(path, "").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(path.equals("/ready") ? readyStatus : 200, 0);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    program.start();
    answers.put("/metrics", GOOD_AGENT);
    answers.put("/v1/agents", agents("host-1", true, NOW));
  }

  @AfterEach
  void close() {
    program.stop(0);
  }

  private static String agents(String host, boolean connected, String lastSeen) {
    return "{\"agents\":[{\"identity\":\"4bf9\",\"host\":\"%s\",\"connected\":%s,\"lastSeen\":\"%s\"}]}"
        .formatted(host, connected, lastSeen);
  }

  private String address() {
    return "http://127.0.0.1:" + program.getAddress().getPort();
  }

  private List<Finding> ofAgent(InstantSource clock) throws InterruptedException {
    Findings findings = new Findings();
    new AgentChecks(new Probe(address(), clock), findings).run();
    return findings.found();
  }

  private List<Finding> ofServer() throws InterruptedException {
    Findings findings = new Findings();
    InstantSource clock = InstantSource.fixed(Instant.parse(NOW));
    new ServerChecks(new Probe(address(), InstantSource.system()), clock, findings).run();
    return findings.found();
  }

  private static void isOnly(List<Finding> found, Problem problem, String word) {
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().problem()).isEqualTo(problem);
    assertThat(found.getFirst().what() + found.getFirst().remedy()).contains(word);
  }

  @Test
  void findsNothingWhereNothingIsWrong() throws Exception {
    assertThat(ofAgent(InstantSource.system())).isEmpty();
    answers.put("/metrics", GOOD_SERVER);
    assertThat(ofServer()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          deepflow_agent_refused_total{reason="not_found"} 3.0             | REQUESTS_REFUSED  | OTEL_METRICS_EXPORTER=none
          deepflow_agent_refused_total{reason="malformed"} 3.0             | REQUESTS_REFUSED  | 3 requests
          deepflow_agent_refused_total{reason="too_large"} 3.0             | REQUESTS_REFUSED  | --max-request-size
          deepflow_agent_refused_total{reason="unknown_encoding"} 3.0      | REQUESTS_REFUSED  | gzip
          deepflow_agent_refused_total{reason="unknown_type"} 3.0          | REQUESTS_REFUSED  | application/x-protobuf
          deepflow_agent_refused_total{reason="wrong_method"} 3.0          | REQUESTS_REFUSED  | POST
          deepflow_agent_tls_failures_total{kind="cleartext"} 2.0          | HANDSHAKES_FAILED | --tls-cleartext
          deepflow_agent_tls_failures_total{kind="server_certificate"} 2.0 | HANDSHAKES_FAILED | ca_file
          deepflow_agent_tls_failures_total{kind="client_certificate"} 2.0 | HANDSHAKES_FAILED | cert_file
          deepflow_agent_spans_total{outcome="rejected"} 5.0               | SPANS_REJECTED    | 5 spans
          deepflow_agent_forward_refused_spans_total{reason="too_large"} 1.0 | SPANS_GIVEN_UP  | acknowledged
          deepflow_agent_queue_damaged_spans_total 9.0                     | SPANS_DAMAGED     | 9 acknowledged
          """)
  void namesWhatAnAgentCounts(String figure, Problem problem, String word) throws Exception {
    answers.put("/metrics", GOOD_AGENT + figure + "\n");
    isOnly(ofAgent(InstantSource.system()), problem, word);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          connected 1.0    | connected 0.0    | SERVER_AWAY   | --server
          queue_bytes 10.0 | queue_bytes 950. | QUEUE_FILLING | 95 %
          } 7.0            | } 0.0            | NO_SENDER     | OTEL_EXPORTER_OTLP_ENDPOINT
          """)
  void namesWhatAnAgentsFiguresMean(String from, String to, Problem problem, String word)
      throws Exception {
    answers.put("/metrics", GOOD_AGENT.replace(from, to));
    isOnly(ofAgent(InstantSource.system()), problem, word);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          deepflow_server_spans_refused_total{reason="malformed"} 4.0  | SPANS_REFUSED    | 4 spans
          deepflow_server_connections_refused_total{kind="tls"} 2.0    | AGENTS_SENT_AWAY | --link-tls-ca
          deepflow_server_connections_refused_total{kind="queue"} 2.0  | AGENTS_SENT_AWAY | copied queue
          """)
  void namesWhatAServerCounts(String figure, Problem problem, String word) throws Exception {
    answers.put("/metrics", GOOD_SERVER + figure + "\n");
    isOnly(ofServer(), problem, word);
  }

  @Test
  void namesAnAgentThatIsSilent() throws Exception {
    answers.put("/metrics", GOOD_SERVER);
    answers.put("/v1/agents", agents("host-2", false, "2026-11-26T04:00:00Z"));
    isOnly(ofServer(), Problem.AGENT_SILENT, "host-2 (4bf9) hasn't been heard of for 60 minutes");
    answers.put("/v1/agents", "{\"agents\":[]}");
    isOnly(ofServer(), Problem.NO_AGENT, "--server HOST:20033");
  }

  @Test
  void namesWhatIsNotReady() throws Exception {
    readyStatus = 503;
    answers.put("/ready", "the disk is full\n");
    isOnly(ofAgent(InstantSource.system()), Problem.AGENT_NOT_READY, "the disk is full");
    answers.put("/metrics", GOOD_SERVER);
    isOnly(ofServer(), Problem.SERVER_NOT_READY, "the disk is full");
  }

  @Test
  void namesWhatIsSomethingElse() throws Exception {
    isOnly(ofServer(), Problem.NOT_A_SERVER, "this is a deepflow-agent");
    answers.put("/metrics", GOOD_SERVER);
    isOnly(ofAgent(InstantSource.system()), Problem.NOT_AN_AGENT, "this is a deepflow-server");
  }

  @Test
  void namesWhereNobodyListens() throws Exception {
    program.stop(0);
    isOnly(ofAgent(InstantSource.system()), Problem.AGENT_UNREACHABLE, "--host");
    isOnly(ofServer(), Problem.SERVER_UNREACHABLE, "port-forward");
  }

  @ParameterizedTest
  @ValueSource(longs = {-40, 40})
  void namesAClockThatIsWrong(long seconds) throws Exception {
    InstantSource wrong = InstantSource.offset(InstantSource.system(), Duration.ofSeconds(seconds));
    isOnly(ofAgent(wrong), Problem.CLOCK_SKEW, seconds < 0 ? "ahead of" : "behind");
  }
}
