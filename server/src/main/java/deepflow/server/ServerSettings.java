package deepflow.server;

import deepflow.server.controller.kubernetes.KubernetesConfig;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.RetentionRule;
import deepflow.server.storage.RetentionRules;
import deepflow.server.storage.StoreConfig;
import deepflow.settings.Kind;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import deepflow.wire.tls.TlsFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What an operator can set of a server, and how it becomes a [ServerConfig].
public final class ServerSettings {
  public static final Setting<Path> DATA = Setting.data("/var/lib/deepflow-server");
  public static final Setting<String> HOST =
      Setting.of("host", "--host", Kind.TEXT, "127.0.0.1", "address to listen on; :: is every one");
  public static final Setting<Integer> PORT =
      Setting.of(
          "server.port",
          "--server-port",
          Kind.PORT,
          ServerConfig.PORT,
          "the server's HTTP: UI, queries, /ready, /live, /metrics");
  public static final Setting<Integer> INGEST_PORT =
      Setting.of(
          "server.ingest-port",
          "--ingest-port",
          Kind.PORT,
          ServerConfig.INGEST_PORT,
          "where agents connect");
  public static final Setting<List<String>> HOSTS =
      Setting.of(
          "server.hosts",
          "--server-hosts",
          Kind.LIST,
          List.of(),
          "more names under which browsers and clients reach the server's HTTP");
  public static final Setting<Duration> RETENTION =
      Setting.of(
          "server.retention",
          "--retention",
          Kind.duration(Lifetimes.SPANS_MIN, Lifetimes.MAX),
          ServerConfig.RETENTION,
          "how long spans are kept after they came");
  private static final Kind<List<RetentionRule>> RULES =
      new Kind<>(
          "a comma-separated list of at most %s rules such as '30d status = error'"
              .formatted(RetentionRules.RULES_MAX),
          text ->
              RetentionRules.fewEnough(
                  Kind.LIST.parser().apply(text).stream().map(RetentionRule::parse).toList()),
          rules -> String.join(",", rules.stream().map(RetentionRule::toString).toList()));

  public static final Setting<List<RetentionRule>> RETENTION_RULES =
      Setting.of(
          "server.retention-rules",
          "--retention-rules",
          RULES,
          List.of(),
          "which traces are kept longer or shorter: the first rule that fits a span counts");
  private static final Kind<Duration> METRICS_KEPT =
      Kind.duration(Lifetimes.METRICS_MIN, Lifetimes.MAX);

  public static final Setting<Duration> RETENTION_METRICS_1S =
      Setting.of(
          "server.retention-metrics-1s",
          "--retention-metrics-1s",
          METRICS_KEPT,
          Lifetimes.METRICS_1S,
          "how long metrics by seconds are kept: application.1s and application_map.1s");
  public static final Setting<Duration> RETENTION_METRICS_1M =
      Setting.of(
          "server.retention-metrics-1m",
          "--retention-metrics-1m",
          METRICS_KEPT,
          Lifetimes.METRICS_1M,
          "how long metrics by minutes are kept: application.1m and application_map.1m");
  public static final Setting<Duration> RETENTION_SERVICE_GRAPH =
      Setting.of(
          "server.retention-service-graph",
          "--retention-service-graph",
          METRICS_KEPT,
          Lifetimes.SERVICE_GRAPH,
          "how long calls and links between services are kept");
  public static final Setting<Integer> METRICS_KEYS =
      Setting.of(
          "server.metrics-keys",
          "--metrics-keys",
          Kind.number(16, StoreConfig.METRICS_KEYS_MAX),
          StoreConfig.METRICS_KEYS,
          "sets of tags that metrics tell apart in a block, eight times as many in a minute; others"
              + " count as (other)");
  public static final Setting<Long> MEMORY =
      Setting.of(
          "server.memory",
          "--server-memory",
          Kind.BYTES,
          ServerConfig.MEMORY_BYTES,
          "memory that the database inside the server may use");
  public static final Setting<String> CLICKHOUSE =
      Setting.of(
          "server.clickhouse.url",
          "--clickhouse",
          Kind.TEXT,
          "",
          "HTTP address of a ClickHouse that keeps the spans, such as http://clickhouse:8123; not"
              + " set, the one inside the server does");
  public static final Setting<String> CLICKHOUSE_USER =
      Setting.of(
          "server.clickhouse.user", "--clickhouse-user", Kind.TEXT, "default", "who we are there");
  public static final Setting<String> CLICKHOUSE_PASSWORD =
      Setting.of(
              "server.clickhouse.password",
              "--clickhouse-password",
              Kind.TEXT,
              "",
              "the user's password; better in DEEPFLOW_CLICKHOUSE_PASSWORD or a file than here")
          .asSecret();
  public static final Setting<String> CLICKHOUSE_PASSWORD_FILE =
      Setting.of(
          "server.clickhouse.password-file",
          "--clickhouse-password-file",
          Kind.TEXT,
          "",
          "file whose first line is the user's password");
  public static final Setting<String> INGEST_TLS_CERT =
      Setting.of(
          "server.ingest-tls.cert",
          "--ingest-tls-cert",
          Kind.TEXT,
          "",
          "PEM file: the certificate that agents are shown; turns TLS on");
  public static final Setting<String> INGEST_TLS_KEY =
      Setting.of(
          "server.ingest-tls.key", "--ingest-tls-key", Kind.TEXT, "", "PEM file: its private key");
  public static final Setting<String> INGEST_TLS_CLIENT_CA =
      Setting.of(
          "server.ingest-tls.client-ca",
          "--ingest-tls-client-ca",
          Kind.TEXT,
          "",
          "PEM file: who must have signed the agents' certificates; not set, they need none");

  public static final Setting<String> KUBERNETES =
      Setting.of(
          "server.kubernetes.watch",
          "--kubernetes",
          Kind.oneOf("auto", "off"),
          "auto",
          "auto watches the cluster that the server runs in, and those of --kubeconfig");
  public static final Setting<List<Path>> KUBECONFIG =
      new Setting<>(
          "server.kubernetes.kubeconfig",
          "--kubeconfig",
          "KUBECONFIG",
          Kind.FILES,
          List.of(),
          false,
          "kubeconfig files, whose current contexts' clusters are watched");
  public static final Setting<String> KUBERNETES_CLUSTER =
      Setting.of(
          "server.kubernetes.cluster",
          "--kubernetes-cluster",
          Kind.TEXT,
          "",
          "the first cluster's name in tags; not set, the kubeconfig's");
  public static final Setting<List<String>> KUBERNETES_ANNOTATIONS =
      Setting.of(
          "server.kubernetes.annotations",
          "--kubernetes-annotations",
          Kind.LIST,
          List.of(),
          "annotations that become k8s.annotation.…; * stands for anything");
  public static final Setting<List<String>> KUBERNETES_ENV =
      Setting.of(
          "server.kubernetes.env",
          "--kubernetes-env",
          Kind.LIST,
          List.of(),
          "environment variables that become k8s.env.…; * stands for anything");

  private ServerSettings() {}

  /// The settings of a server wherever it runs.
  public static List<Setting<?>> serving() {
    return List.of(
        PORT,
        INGEST_PORT,
        HOSTS,
        RETENTION,
        RETENTION_RULES,
        RETENTION_METRICS_1S,
        RETENTION_METRICS_1M,
        RETENTION_SERVICE_GRAPH,
        METRICS_KEYS,
        MEMORY,
        CLICKHOUSE,
        CLICKHOUSE_USER,
        CLICKHOUSE_PASSWORD,
        CLICKHOUSE_PASSWORD_FILE,
        INGEST_TLS_CERT,
        INGEST_TLS_KEY,
        INGEST_TLS_CLIENT_CA,
        KUBERNETES,
        KUBECONFIG,
        KUBERNETES_CLUSTER,
        KUBERNETES_ANNOTATIONS,
        KUBERNETES_ENV);
  }

  /// The settings of a server that runs alone.
  public static List<Setting<?>> standalone() {
    List<Setting<?>> own = List.of(DATA, HOST);
    return Stream.concat(own.stream(), serving().stream()).toList();
  }

  /// The configuration of a server that runs alone.
  public static ServerConfig config(Settings settings) {
    return serving(settings, settings.get(DATA), settings.get(HOST));
  }

  /// The configuration of a server.
  ///
  /// @param data the server's own directory
  /// @param host address to listen on
  public static ServerConfig serving(Settings settings, Path data, String host) {
    return new ServerConfig(
        data,
        host,
        settings.get(PORT),
        settings.get(INGEST_PORT),
        settings.get(HOSTS),
        new Lifetimes(
            new RetentionRules(settings.get(RETENTION_RULES), settings.get(RETENTION)),
            settings.get(RETENTION_METRICS_1S),
            settings.get(RETENTION_METRICS_1M),
            settings.get(RETENTION_SERVICE_GRAPH)),
        settings.get(METRICS_KEYS),
        settings.get(MEMORY),
        elsewhere(settings),
        new TlsFiles(
            settings.file(INGEST_TLS_CLIENT_CA),
            settings.file(INGEST_TLS_CERT),
            settings.file(INGEST_TLS_KEY)),
        kubernetes(settings));
  }

  private static @Nullable StoreElsewhere elsewhere(Settings settings) {
    String url = settings.get(CLICKHOUSE);
    return url.isEmpty()
        ? null
        : new StoreElsewhere(
            url,
            settings.get(CLICKHOUSE_USER),
            settings.get(CLICKHOUSE_PASSWORD),
            settings.file(CLICKHOUSE_PASSWORD_FILE));
  }

  private static KubernetesConfig kubernetes(Settings settings) {
    if (settings.get(KUBERNETES).equals("off")) {
      return KubernetesConfig.OFF;
    }
    return new KubernetesConfig(
        KubernetesConfig.find(
            settings.get(KUBERNETES_CLUSTER), settings.get(KUBECONFIG), System.getenv()),
        settings.get(KUBERNETES_ANNOTATIONS),
        settings.get(KUBERNETES_ENV));
  }
}
