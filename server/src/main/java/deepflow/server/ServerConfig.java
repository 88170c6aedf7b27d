package deepflow.server;

import deepflow.server.controller.kubernetes.KubernetesConfig;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.tls.TlsFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a server is told when it starts.
///
/// @param data directory that is the server's own; made when it is missing
/// @param host address to listen on
/// @param port of HTTP; 0 lets the system choose, also for ingestPort
/// @param ingestPort where agents connect
/// @param hosts more names under which HTTP requests may come
/// @param retention how long what is stored is kept, while nothing else is chosen
/// @param metricsKeys sets of tags that the metrics of a block tell apart
/// @param memoryBytes cap of the memory of the database inside the process
/// @param elsewhere the ClickHouse that has the store; null for the one inside the process
/// @param ingestTls the certificate that agents are shown, which turns TLS on, and who must have
///   signed theirs
/// @param kubernetes which clusters are watched
public record ServerConfig(
    Path data,
    String host,
    int port,
    int ingestPort,
    List<String> hosts,
    Lifetimes retention,
    int metricsKeys,
    long memoryBytes,
    @Nullable StoreElsewhere elsewhere,
    TlsFiles ingestTls,
    KubernetesConfig kubernetes) {

  public static final int PORT = 20416;
  public static final int INGEST_PORT = 20033;

  /// DeepFlow keeps its request log as long.
  public static final Duration RETENTION = Duration.ofDays(3);

  public static final long MEMORY_BYTES = 1536L << 20;

  /// Copies the list.
  public ServerConfig {
    hosts = List.copyOf(hosts);
  }

  /// A server as it is when nobody sets anything.
  ///
  /// @param data directory that is the server's own
  public static ServerConfig defaults(Path data) {
    return new ServerConfig(
        data,
        "127.0.0.1",
        PORT,
        INGEST_PORT,
        List.of(),
        Lifetimes.of(RETENTION),
        StoreConfig.METRICS_KEYS,
        MEMORY_BYTES,
        null,
        TlsFiles.NONE,
        KubernetesConfig.OFF);
  }

  /// The same on other ports.
  public ServerConfig withPorts(int newPort, int newIngestPort) {
    return new ServerConfig(
        data,
        host,
        newPort,
        newIngestPort,
        hosts,
        retention,
        metricsKeys,
        memoryBytes,
        elsewhere,
        ingestTls,
        kubernetes);
  }

  /// The same with the store elsewhere.
  public ServerConfig withStore(StoreElsewhere newPlace) {
    return new ServerConfig(
        data,
        host,
        port,
        ingestPort,
        hosts,
        retention,
        metricsKeys,
        memoryBytes,
        newPlace,
        ingestTls,
        kubernetes);
  }
}
