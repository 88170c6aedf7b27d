package deepflow.clickhouse;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;

/// How the engine inside this process is opened.
///
/// @param path directory of the store; made when missing
/// @param memoryBytesMax cap of all memory of the engine; a statement that would pass it is busy
/// @param queryMemoryBytesMax cap of one statement's memory
/// @param queryTimeout after which a query is ended, unless it sets `max_execution_time` itself
/// @param waitMax how long a statement waits for a free connection before it is busy
/// @param threadsPerQuery threads that one statement may use
/// @param mergeThreads threads of background merges
/// @param writers statements that may write at the same time
/// @param readers trusted queries at the same time
/// @param untrustedReaders users' queries at the same time
public record EmbeddedClickHouseConfig(
    Path path,
    long memoryBytesMax,
    long queryMemoryBytesMax,
    Duration queryTimeout,
    Duration waitMax,
    int threadsPerQuery,
    int mergeThreads,
    int writers,
    int readers,
    int untrustedReaders) {

  /// Checks the limits.
  public EmbeddedClickHouseConfig {
    requireNonNull(path, "path");
    requirePositive("memoryBytesMax", memoryBytesMax);
    requirePositive("queryMemoryBytesMax", queryMemoryBytesMax);
    requirePositive("queryTimeout", queryTimeout.toMillis());
    requirePositive("waitMax", waitMax.toMillis());
    requirePositive("threadsPerQuery", threadsPerQuery);
    requirePositive("mergeThreads", mergeThreads);
    requirePositive("writers", writers);
    requirePositive("readers", readers);
    requirePositive("untrustedReaders", untrustedReaders);
  }

  /// For one machine with two cores and more: 1.5 GB, 60 s, 2 threads, 2 writers.
  public static EmbeddedClickHouseConfig at(Path path) {
    return new EmbeddedClickHouseConfig(
        path,
        1_500_000_000,
        1_000_000_000,
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        2,
        2,
        2,
        4,
        2);
  }

  /// The same elsewhere.
  public EmbeddedClickHouseConfig withPath(Path newPath) {
    return new EmbeddedClickHouseConfig(
        newPath,
        memoryBytesMax,
        queryMemoryBytesMax,
        queryTimeout,
        waitMax,
        threadsPerQuery,
        mergeThreads,
        writers,
        readers,
        untrustedReaders);
  }

  /// The same with another cap of memory; one query may take two thirds of it.
  public EmbeddedClickHouseConfig withMemory(long bytesMax) {
    return new EmbeddedClickHouseConfig(
        path,
        bytesMax,
        Math.max(1, bytesMax / 3 * 2),
        queryTimeout,
        waitMax,
        threadsPerQuery,
        mergeThreads,
        writers,
        readers,
        untrustedReaders);
  }

  /// The same with other waiting times.
  public EmbeddedClickHouseConfig withTimes(Duration newQueryTimeout, Duration newWaitMax) {
    return new EmbeddedClickHouseConfig(
        path,
        memoryBytesMax,
        queryMemoryBytesMax,
        newQueryTimeout,
        newWaitMax,
        threadsPerQuery,
        mergeThreads,
        writers,
        readers,
        untrustedReaders);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException("%s must be positive, not %s".formatted(name, value));
    }
  }
}
