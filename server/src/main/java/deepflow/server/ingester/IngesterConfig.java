package deepflow.server.ingester;

import static java.util.Objects.requireNonNull;

import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.Rollups;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.WallClock;
import deepflow.wire.tls.TlsContext;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How spans are taken in.
///
/// @param listen where agents connect; port 0 takes any that is free
/// @param tls what agents must speak; null for none
/// @param retention how long what is stored is kept
/// @param metricsKeys sets of tags that the metrics of a block tell apart
/// @param lanes blocks that are made and stored at the same time; an agent is always on the same
///   lane
/// @param blockRows a block is stored when it has so many spans
/// @param blockBytes or when its requests have so many bytes
/// @param flushAfter or when its first span has waited so long, the last block is three times as
///   long ago (ten times, when it has many spans), and the store has nothing else to do
/// @param queuedBytesMax batches that wait on a lane; beyond it agents wait
/// @param drainMax how long a stop waits for the store before it leaves the rest with the agents
/// @param rollups when blocks are rolled up
/// @param memoryWaitMax how long the store may lack memory for a block before it is made again in
///   smaller ones
/// @param clockTrial for how long the clock must have gone evenly before anything is dropped by it
/// @param aside directory for batches that no block can be made of; made when there is one
public record IngesterConfig(
    InetSocketAddress listen,
    @Nullable TlsContext tls,
    Lifetimes retention,
    int metricsKeys,
    int lanes,
    int blockRows,
    int blockBytes,
    Duration flushAfter,
    int queuedBytesMax,
    Duration drainMax,
    Rollups.Pace rollups,
    Duration memoryWaitMax,
    Duration clockTrial,
    Path aside) {

  public IngesterConfig {
    requireNonNull(listen, "listen");
    requireNonNull(retention, "retention");
    if (lanes < 1 || blockRows < 1 || blockBytes < 1 || queuedBytesMax < 1) {
      throw new IllegalArgumentException("lanes, rows and bytes must be positive");
    }
  }

  /// For one machine: half of its processors make blocks, which are full at 65,536 spans: the last
  /// batch goes in whole.
  public static IngesterConfig at(InetSocketAddress listen, Duration retention, Path aside) {
    return at(listen, Lifetimes.of(retention), aside);
  }

  /// The same, with all that can be set of it.
  public static IngesterConfig at(InetSocketAddress listen, Lifetimes retention, Path aside) {
    return new IngesterConfig(
        listen,
        /* tls= */ null,
        retention,
        StoreConfig.METRICS_KEYS,
        Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
        65_536,
        64 << 20,
        Duration.ofMillis(100),
        32 << 20,
        Duration.ofSeconds(20),
        Rollups.Pace.NORMAL,
        Duration.ofMinutes(1),
        WallClock.TRIAL,
        aside);
  }

  /// The same, with TLS for agents.
  ///
  /// @param newTls null for none
  public IngesterConfig withTls(@Nullable TlsContext newTls) {
    return with(newTls, metricsKeys, memoryWaitMax, clockTrial);
  }

  /// The same with other limits of metrics.
  public IngesterConfig withMetricsKeys(int keys) {
    return with(tls, keys, memoryWaitMax, clockTrial);
  }

  /// The same with another patience with a store that lacks memory.
  IngesterConfig withMemoryWaitMax(Duration max) {
    return with(tls, metricsKeys, max, clockTrial);
  }

  /// The same with another patience with its clock.
  IngesterConfig withClockTrial(Duration trial) {
    return with(tls, metricsKeys, memoryWaitMax, trial);
  }

  private IngesterConfig with(
      @Nullable TlsContext newTls, int keys, Duration waitMax, Duration trial) {
    return new IngesterConfig(
        listen,
        newTls,
        retention,
        keys,
        lanes,
        blockRows,
        blockBytes,
        flushAfter,
        queuedBytesMax,
        drainMax,
        rollups,
        waitMax,
        trial,
        aside);
  }
}
