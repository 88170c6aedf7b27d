package deepflow.ctl.doctor;

import java.io.IOException;
import java.util.Map;

/// Asks a deepflow-agent how it is, and what became of what was sent to it since it started.
final class AgentChecks {
  private static final double QUEUE_FULL = 0.8;

  /// What to do about a refusal, by its reason.
  private static final Map<String, String> REFUSALS =
      Map.of(
          "not_found",
              "a sender's path is wrong, or it sends metrics or logs: write traces_endpoint:"
                  + " http://…/api/v1/otel/trace, and set OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none",
          "malformed", "a sender isn't one of OTLP, or something between changes the bytes",
          "too_large",
              "send less at a time (batch: {send_batch_max_size: 8192}), or raise --max-request-size",
          "unknown_encoding",
              "a sender compresses in a way that isn't known: write compression: gzip",
          "unknown_type",
              "a sender's Content-Type is not OTLP's: application/x-protobuf, application/json or application/grpc",
          "wrong_method", "something that isn't a sender asks there: traces are sent by POST");

  private static final Map<String, String> HANDSHAKES =
      Map.of(
          "cleartext",
              "senders speak no TLS and the agent wants it: write https:// there, or give the agent --tls-cleartext",
          "server_certificate",
              "senders don't accept the agent's certificate: give them its authority (tls.ca_file), and the right name",
          "client_certificate",
              "senders show no certificate of --tls-client-ca: set tls.cert_file and tls.key_file",
          "version", "senders have neither TLS 1.3 nor 1.2: update them");

  private final Probe probe;
  private final Findings findings;

  AgentChecks(Probe probe, Findings findings) {
    this.probe = probe;
    this.findings = findings;
  }

  /// Adds what is wrong.
  void run() throws InterruptedException {
    findings.examined("agent " + probe.address());
    try {
      Probe.Answer ready = probe.get("/ready");
      Probe.Answer metrics = probe.get("/metrics");
      Metrics figures = Metrics.parse(metrics.body());
      if (!figures.hasAnyOf("deepflow_agent_")) {
        notAnAgent(figures);
        return;
      }
      probe.checkClock(ready, findings);
      if (ready.status() != 200) {
        add(
            Problem.AGENT_NOT_READY,
            "it takes no spans now: " + ready.body().strip(),
            "make room on its disk, or read its log");
      }
      figures(figures);
    } catch (IOException e) {
      unreachable(e);
    }
  }

  private void notAnAgent(Metrics figures) {
    boolean server = figures.hasAnyOf("deepflow_server_");
    add(
        Problem.NOT_AN_AGENT,
        server ? "this is a deepflow-server" : "something answers there that is no deepflow-agent",
        "give the agent's own port, 38086 unless --agent-port says otherwise (80 of its Service)");
  }

  private void unreachable(IOException e) throws InterruptedException {
    String other =
        probe.address().startsWith("https://")
            ? probe.address().replaceFirst("https", "http")
            : probe.address().replaceFirst("http", "https");
    boolean plaintext = probe.address().startsWith("https://") && answers(other);
    String why = plaintext ? "it speaks no TLS" : String.valueOf(e.getMessage());
    add(
        plaintext ? Problem.TLS_TO_PLAINTEXT : Problem.AGENT_UNREACHABLE,
        "no answer: " + (why.equals("null") ? e.getClass().getSimpleName() : why),
        plaintext
            ? "write " + other + ", or give the agent --tls-cert and --tls-key"
            : "start deepflow-agent there, with --host when it shall be reached from other machines;"
                + " its log names the ports that it has");
  }

  private boolean answers(String address) throws InterruptedException {
    try {
      return new Probe(address, java.time.InstantSource.system()).get("/live").status() == 200;
    } catch (IOException _) {
      return false;
    }
  }

  private void figures(Metrics figures) {
    figures
        .by("deepflow_agent_refused_total", "reason")
        .forEach((reason, count) ->
            add(
                Problem.REQUESTS_REFUSED,
                "%s requests were refused for good: %s".formatted(count, reason),
                REFUSALS.getOrDefault(reason, "its log says which senders")));
    figures
        .by("deepflow_agent_tls_failures_total", "kind")
        .forEach((kind, count) ->
            add(
                Problem.HANDSHAKES_FAILED,
                "%s connections ended in the TLS handshake: %s".formatted(count, kind),
                HANDSHAKES.getOrDefault(kind, "its log says which senders, and why")));
    Long rejected = figures.by("deepflow_agent_spans_total", "outcome").get("rejected");
    if (rejected != null) {
      add(
          Problem.SPANS_REJECTED,
          "%s spans were rejected: ids of a wrong length, or values nested too deep"
              .formatted(rejected),
          "its log says which senders; the others of the same requests are kept");
    }
    if (figures.sum("deepflow_agent_requests_total") == 0) {
      add(
          Problem.NO_SENDER,
          "nobody has sent anything since it started",
          "point a sender at it: OTEL_EXPORTER_OTLP_ENDPOINT, or the collector's traces_endpoint");
    }
    queue(figures);
    link(figures);
  }

  private void queue(Metrics figures) {
    double share =
        figures.sum("deepflow_agent_queue_bytes")
            / Math.max(1, figures.sum("deepflow_agent_queue_capacity_bytes"));
    if (share > QUEUE_FULL) {
      add(
          Problem.QUEUE_FILLING,
          "its queue is %s %% full: senders are told to wait when it is full"
              .formatted((int) (share * 100)),
          "let a server take the spans, or raise --queue-size");
    }
    double damaged = figures.sum("deepflow_agent_queue_damaged_spans_total");
    if (damaged > 0) {
      add(
          Problem.SPANS_DAMAGED,
          "%s acknowledged spans were damaged on its disk and are lost".formatted((long) damaged),
          "look after that disk: the kernel's log, SMART");
    }
  }

  private void link(Metrics figures) {
    if (figures.sum("deepflow_agent_forward_connected") == 0) {
      add(
          Problem.SERVER_AWAY,
          "no server takes its spans; it keeps them until one does",
          "start deepflow-server at the address in the agent's --server; the agent's log says why the last one didn't");
    }
    figures
        .by("deepflow_agent_forward_refused_spans_total", "reason")
        .forEach((reason, count) ->
            add(
                Problem.SPANS_GIVEN_UP,
                "%s spans could not be sent: %s".formatted(count, reason),
                reason.equals("too_large")
                    ? "send to a server of ours (--agent-link acknowledged), which has no such limit"
                    : "its log has the reason"));
  }

  private void add(Problem problem, String what, String remedy) {
    findings.add(problem, probe.address(), what, remedy);
  }
}
