package deepflow.ctl.doctor;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks a deepflow-server how it is, and what it knows of its agents.
final class ServerChecks {
  /// An agent that has nothing to send says so more often than this.
  private static final Duration SILENCE_MAX = Duration.ofMinutes(2);

  private static final JsonMapper JSON = new JsonMapper();

  private final Probe probe;
  private final InstantSource clock;
  private final Findings findings;

  ServerChecks(Probe probe, InstantSource clock, Findings findings) {
    this.probe = probe;
    this.clock = clock;
    this.findings = findings;
  }

  /// Adds what is wrong.
  void run() throws InterruptedException {
    findings.examined("server " + probe.address());
    try {
      Probe.Answer ready = probe.get("/ready");
      Metrics figures = Metrics.parse(probe.get("/metrics").body());
      if (!figures.hasAnyOf("deepflow_server_")) {
        boolean agent = figures.hasAnyOf("deepflow_agent_");
        add(
            Problem.NOT_A_SERVER,
            agent
                ? "this is a deepflow-agent"
                : "something answers there that is no deepflow-server",
            "give the server's own port, 20416 unless --server-port says otherwise");
        return;
      }
      probe.checkClock(ready, findings);
      if (ready.status() != 200) {
        add(Problem.SERVER_NOT_READY, "it isn't ready: " + ready.body().strip(), "read its log");
      }
      figures(figures);
      agents(JSON.readTree(probe.get("/v1/agents").body()).path("agents"));
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      add(
          Problem.SERVER_UNREACHABLE,
          "no answer: " + why,
          "start deepflow-server there, with --host when it shall be reached from other machines;"
              + " in a cluster: kubectl port-forward -n deepflow svc/deepflow-server 20416");
    } catch (JacksonException e) {
      add(
          Problem.NOT_A_SERVER,
          "its list of agents is no JSON",
          "give a deepflow-server's address");
    }
  }

  private void figures(Metrics figures) {
    figures
        .by("deepflow_server_spans_refused_total", "reason")
        .forEach((reason, count) ->
            add(
                Problem.SPANS_REFUSED,
                "%s spans were refused: %s".formatted(count, reason),
                "its log says from which agents"));
    figures
        .by("deepflow_server_connections_refused_total", "kind")
        .forEach((kind, count) ->
            add(
                Problem.AGENTS_SENT_AWAY,
                "%s times an agent was sent away: %s".formatted(count, kind),
                kind.equals("tls")
                    ? "give the agents --link-tls-ca, and the certificate that --ingest-tls-client-ca wants"
                    : "the agents' logs say what to do; two of them may share a copied queue directory"));
  }

  private void agents(JsonNode agents) {
    if (agents.isEmpty()) {
      add(
          Problem.NO_AGENT,
          "no agent has ever sent to it",
          "start deepflow-agent with --server HOST:20033, where HOST is this server's");
    }
    for (JsonNode agent : agents) {
      Duration silence = silence(agent.path("lastSeen").asString(""));
      if (!agent.path("connected").asBoolean(false) && silence.compareTo(SILENCE_MAX) > 0) {
        add(
            Problem.AGENT_SILENT,
            "the agent on %s (%s) hasn't been heard of for %s minutes"
                .formatted(
                    agent.path("host").asString("?"),
                    agent.path("identity").asString("?"),
                    silence.toMinutes()),
            "look whether it runs and reaches this server: deepflow doctor --agent http://"
                + agent.path("host").asString("HOST")
                + ":38086");
      }
    }
  }

  private Duration silence(String lastSeen) {
    try {
      return Duration.between(Instant.parse(lastSeen), clock.instant());
    } catch (DateTimeParseException _) {
      return Duration.ZERO;
    }
  }

  private void add(Problem problem, String what, String remedy) {
    findings.add(problem, probe.address(), what, remedy);
  }
}
