package deepflow.server;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.controller.AgentsApi;
import deepflow.server.controller.Controller;
import deepflow.server.controller.DomainsApi;
import deepflow.server.controller.GroupsApi;
import deepflow.server.controller.LinkedAgent;
import deepflow.server.controller.OpampApi;
import deepflow.server.controller.RetentionApi;
import deepflow.server.controller.kubernetes.KubernetesWatch;
import deepflow.server.http.Health;
import deepflow.server.http.HttpConfig;
import deepflow.server.http.HttpServer;
import deepflow.server.http.KnownHosts;
import deepflow.server.http.Routes;
import deepflow.server.http.Workers;
import deepflow.server.ingester.AgentStatus;
import deepflow.server.ingester.IngestStatus;
import deepflow.server.ingester.Ingester;
import deepflow.server.ingester.IngesterConfig;
import deepflow.server.labeler.Labeler;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.UiApi;
import deepflow.server.querier.differences.Differences;
import deepflow.server.querier.differences.DifferencesApi;
import deepflow.server.querier.export.ExportApi;
import deepflow.server.querier.flowtracing.FlowTracing;
import deepflow.server.querier.flowtracing.FlowTracingApi;
import deepflow.server.querier.ledger.LedgerApi;
import deepflow.server.querier.ledger.LedgerSteps;
import deepflow.server.querier.ledger.LossLedger;
import deepflow.server.querier.search.SpanSearch;
import deepflow.server.querier.search.TagSearch;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.servicegraph.ServiceGraph;
import deepflow.server.querier.servicegraph.ServiceGraphApi;
import deepflow.server.querier.services.OperationList;
import deepflow.server.querier.services.ServiceList;
import deepflow.server.querier.services.ServicesApi;
import deepflow.server.querier.sql.FlowLog;
import deepflow.server.querier.sql.SqlApi;
import deepflow.server.querier.sql.SqlQuerier;
import deepflow.server.querier.tempo.TempoApi;
import deepflow.server.querier.tempo.TempoSearchApi;
import deepflow.server.querier.traces.LinkingSpans;
import deepflow.server.querier.traces.TracesApi;
import deepflow.server.storage.RepeatedTraces;
import deepflow.server.storage.RetentionSetting;
import deepflow.server.storage.SpanReader;
import deepflow.server.storage.StoreException;
import deepflow.settings.OrderlyStop;
import deepflow.settings.Program;
import deepflow.settings.ServiceManager;
import deepflow.settings.Settings;
import deepflow.settings.StartPhases;
import deepflow.wire.tls.TlsContext;
import deepflow.wire.tls.TlsFiles;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// deepflow-server.
public final class ServerMain {

  private static final Logger LOG = LoggerFactory.getLogger(ServerMain.class);
  private static final Program PROGRAM = new Program("deepflow-server");

  private ServerMain() {}

  /// Runs until it is told to stop; then exits with 0. Exits with 1 when it can't start, with 2
  /// when its settings are wrong.
  public static void main(String[] arguments) {
    StartPhases phases = StartPhases.ofProcess();
    Settings settings = PROGRAM.settings(ServerSettings.standalone(), arguments);
    run(ServerSettings.config(settings), phases);
  }

  private static void run(ServerConfig config, StartPhases phases) {
    try (OrderlyStop stop = OrderlyStop.whenTold()) {
      RunningServer server = start(config, phases);
      stop.started(server::close);
      String ready = "ready: http://" + shown(server.address());
      System.out.println(ready);
      ServiceManager.ready(ready);
      LOG.info("Started in {}", phases);
      // Nothing else keeps the process alive between requests.
      Thread.ofPlatform().name("main-wait").daemon(false).start(ServerMain::waitForEver);
    } catch (ServerStartException e) {
      LOG.debug("start failed", e);
      throw PROGRAM.cannotStart(String.valueOf(e.getMessage()));
    }
  }

  private static void waitForEver() {
    try {
      Thread.currentThread().join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static String shown(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /// Starts a server.
  ///
  /// @throws ServerStartException when it can't; nothing of it is left then
  public static RunningServer start(ServerConfig config) throws ServerStartException {
    return start(config, StartPhases.begin());
  }

  /// Starts a server, and says how long each phase takes.
  public static RunningServer start(ServerConfig config, StartPhases phases)
      throws ServerStartException {
    warnWhenOpen(config);
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    ClickHouse clickHouse = Database.open(config);
    Parts parts = new Parts();
    parts.started("the database", clickHouse::close);
    phases.ended("database");
    try {
      Database.lease(config, clickHouse, parts);
      return start(config, clickHouse, metrics, parts, phases);
    } catch (ServerStartException | RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private static void warnWhenOpen(ServerConfig config) {
    try {
      if (!InetAddress.getByName(config.host()).isLoopbackAddress()) {
        LOG.warn(
            "listening on {} without tokens: whoever reaches ports {} and {} can read and write"
                + " traces; keep them behind a firewall, or set --host 127.0.0.1",
            config.host(),
            config.port(),
            config.ingestPort());
      }
    } catch (IOException _) {
      // To listen on it fails below, with the same reason.
    }
  }

  private static RunningServer start(
      ServerConfig config,
      ClickHouse clickHouse,
      PrometheusMeterRegistry metrics,
      Parts parts,
      StartPhases phases)
      throws ServerStartException {
    Labeler labeler = labeler(config, parts);
    Ingester ingester = ingester(config, clickHouse, metrics, labeler);
    parts.started("ingest", ingester::close);
    Database.requireDictionaries(clickHouse);
    Controller controller = controller(clickHouse);
    phases.ended("tables");
    Workers workers = new Workers(QueryLimits.DEFAULT.concurrent(), QueryLimits.DEFAULT.waiting());
    parts.started("questions", workers::close);
    HttpServer http =
        http(
            config,
            routes(config, clickHouse, ingester, workers, controller),
            new Health(new Readiness(clickHouse, ingester)::problems),
            metrics);
    parts.started("HTTP", http::close);
    phases.ended("http");
    return new RunningServer(http, ingester.port(), parts);
  }

  private static Labeler labeler(ServerConfig config, Parts parts) {
    Labeler labeler = new Labeler(InstantSource.system());
    parts.started("labels", labeler::close);
    KubernetesWatch kubernetes = KubernetesWatch.start(config.kubernetes(), labeler);
    parts.started("the watch of Kubernetes", kubernetes::close);
    return labeler;
  }

  private static HttpServer http(
      ServerConfig config, Routes routes, Health health, PrometheusMeterRegistry metrics)
      throws ServerStartException {
    try {
      return HttpServer.start(
          HttpConfig.at(
              new InetSocketAddress(config.host(), config.port()),
              KnownHosts.of(config.host(), config.hosts())),
          routes,
          health,
          metrics);
    } catch (IOException e) {
      throw new ServerStartException(
          "%s: stop what has it, or choose another port with --server-port"
              .formatted(e.getMessage()),
          e);
    }
  }

  private static @Nullable TlsContext ingestTls(TlsFiles files) throws ServerStartException {
    if (files.isEmpty()) {
      return null;
    }
    if (files.certificate() == null || files.key() == null) {
      throw new ServerStartException("TLS for agents needs --ingest-tls-cert and --ingest-tls-key");
    }
    try {
      return TlsContext.open(files, System::nanoTime, LOG::warn);
    } catch (IOException e) {
      throw new ServerStartException("no TLS for agents: %s".formatted(e.getMessage()), e);
    }
  }

  private static Ingester ingester(
      ServerConfig config, ClickHouse clickHouse, PrometheusMeterRegistry metrics, Labeler labeler)
      throws ServerStartException {
    InetSocketAddress listen = new InetSocketAddress(config.host(), config.ingestPort());
    TlsContext tls = ingestTls(config.ingestTls());
    try {
      return Ingester.start(
          IngesterConfig.at(listen, config.retention(), config.data().resolve("set-aside"))
              .withTls(tls)
              .withMetricsKeys(config.metricsKeys()),
          clickHouse,
          labeler::snapshot,
          metrics,
          InstantSource.system());
    } catch (IOException e) {
      throw new ServerStartException(
          "can't listen on %s:%s for agents (%s): stop what has it, or choose another with"
                  .formatted(config.host(), config.ingestPort(), e.getMessage())
              + " --ingest-port",
          e);
    } catch (ClickHouseException | StoreException e) {
      throw new ServerStartException("can't open the store: %s".formatted(e.getMessage()), e);
    }
  }

  /// After the ingester, which makes the tables.
  private static Controller controller(ClickHouse clickHouse) throws ServerStartException {
    try {
      return Controller.open(clickHouse, InstantSource.system());
    } catch (ClickHouseException e) {
      throw new ServerStartException(
          "can't read the agents from the store: %s".formatted(e.getMessage()), e);
    }
  }

  private static Routes routes(
      ServerConfig config,
      ClickHouse clickHouse,
      IngestStatus ingest,
      Workers workers,
      Controller controller) {
    QueryLimits limits = QueryLimits.DEFAULT;
    UiApi ui = new UiApi(workers);
    Routes routes = new Routes();
    RepeatedTraces repeated = new RepeatedTraces(clickHouse);
    new SqlApi(new SqlQuerier(clickHouse, repeated, limits), workers).publish(routes);
    new FlowTracingApi(
            new FlowTracing(new FlowLog(clickHouse, limits), limits, FlowTracing.SPANS_MAX),
            workers)
        .publish(routes);
    new TempoApi(new SpanReader(clickHouse), limits, workers).publish(routes);
    TraceSearch search = new TraceSearch(clickHouse, limits, InstantSource.system());
    new TempoSearchApi(
            search,
            new TagSearch(clickHouse, limits, search),
            limits,
            InstantSource.system(),
            workers)
        .publish(routes);
    new ExportApi(new SpanSearch(clickHouse, limits, search)).publish(routes);
    new TracesApi(search, new LinkingSpans(clickHouse, limits), ui).publish(routes);
    new ServicesApi(
            new ServiceList(clickHouse, repeated, limits),
            new OperationList(clickHouse, repeated, limits),
            InstantSource.system(),
            ui)
        .publish(routes);
    new LedgerApi(
            new LossLedger(clickHouse, limits),
            new LedgerSteps(clickHouse, limits),
            InstantSource.system(),
            ui)
        .publish(routes);
    new ServiceGraphApi(new ServiceGraph(clickHouse, limits), InstantSource.system(), ui)
        .publish(routes);
    new DifferencesApi(new Differences(search, clickHouse, limits), ui).publish(routes);
    new RetentionApi(new RetentionSetting(clickHouse, config.retention())).publish(routes);
    publish(controller, clickHouse, ingest, routes);
    return routes;
  }

  /// Has its own threads: agents must be heard while people's questions wait.
  private static void publish(
      Controller controller, ClickHouse clickHouse, IngestStatus ingest, Routes routes) {
    new OpampApi(controller).publish(routes);
    new AgentsApi(controller, () -> ingest.agents().stream().map(ServerMain::linked).toList())
        .publish(routes);
    new GroupsApi(controller).publish(routes);
    new DomainsApi(clickHouse).publish(routes);
  }

  /// Ingester and controller don't know each other.
  private static LinkedAgent linked(AgentStatus agent) {
    return new LinkedAgent(
        agent.identity(),
        agent.host(),
        agent.version(),
        agent.otlp(),
        agent.connected(),
        agent.committedBatch(),
        agent.lastSeen());
  }
}
