package deepflow.server;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.RemoteClickHouse;
import deepflow.clickhouse.RemoteClickHouseConfig;
import deepflow.clickhouse.Rows;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/// Opens the ClickHouse that keeps the store: the one inside this process, or one elsewhere.
final class Database {
  private static final long FREE_BYTES_MIN = 256L << 20;

  /// Somewhat longer than a server that was killed holds a store.
  private static final Duration LEASE_WAIT_MAX = StoreLease.HELD.plusSeconds(10);

  private Database() {}

  /// Opens it.
  ///
  /// @throws ServerStartException which says what to do
  static ClickHouse open(ServerConfig config) throws ServerStartException {
    StoreElsewhere elsewhere = config.elsewhere();
    return elsewhere == null
        ? openInside(config, directory(config.data().resolve("clickhouse"), FREE_BYTES_MIN))
        : openElsewhere(elsewhere);
  }

  /// Takes a store that is elsewhere for this server alone. The one inside has a lock of its own.
  static void lease(ServerConfig config, ClickHouse clickHouse, Parts parts)
      throws ServerStartException {
    if (config.elsewhere() == null) {
      return;
    }
    try {
      parts.started(
          "the lease of the store",
          StoreLease.take(clickHouse, InetAddress.getLocalHost().getHostName(), LEASE_WAIT_MAX)
              ::close);
    } catch (ClickHouseException | IOException e) {
      throw new ServerStartException(
          "can't take the store in the ClickHouse of --clickhouse: %s".formatted(e.getMessage()),
          e);
    }
  }

  /// A dictionary reads its table as the user `default` of that ClickHouse itself, whoever asks.
  static void requireDictionaries(ClickHouse clickHouse) throws ServerStartException {
    String sql = "SELECT dictHas('deepflow.label_names', toUInt64(0))";
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      rows.next();
    } catch (ClickHouseException e) {
      throw new ServerStartException(
          "dictionary deepflow.label_names can't read table deepflow.labels; user 'default' of that"
              + " ClickHouse must be let in from itself without a password, to read: "
              + e.getMessage(),
          e);
    }
  }

  private static ClickHouse openElsewhere(StoreElsewhere elsewhere) throws ServerStartException {
    RemoteClickHouseConfig config = elsewhere.config();
    try {
      RemoteClickHouse clickHouse = RemoteClickHouse.open(config);
      try {
        refuseWhatIsNotSupported(clickHouse, config);
        return clickHouse;
      } catch (ClickHouseException | ServerStartException | RuntimeException e) {
        clickHouse.close();
        throw e;
      }
    } catch (ClickHouseException e) {
      throw new ServerStartException(
          "can't use the ClickHouse of --clickhouse (--clickhouse-user, --clickhouse-password,"
              + " --clickhouse-password-file): "
              + e.getMessage(),
          e);
    }
  }

  /// Tables of a database that replicates itself would not be what the schema says.
  private static void refuseWhatIsNotSupported(
      RemoteClickHouse clickHouse, RemoteClickHouseConfig config)
      throws ClickHouseException, ServerStartException {
    String sql =
        "SELECT engine FROM system.databases WHERE name = 'deepflow' AND engine != 'Atomic'"
            + " UNION ALL SELECT engine FROM system.tables WHERE database = 'deepflow'"
            + " AND (engine LIKE 'Replicated%' OR engine LIKE 'Shared%' OR engine = 'Distributed')"
            + " LIMIT 1";
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      if (rows.next()) {
        throw new ServerStartException(
            "database deepflow at %s has engine %s: one ClickHouse with plain MergeTree tables can keep the spans, a cluster can't yet"
                .formatted(config.url(), rows.getString(0)));
      }
    }
  }

  /// Makes the directory. One that has a store already is opened however full its disk is, because
  /// only an open store can drop the days that make room.
  ///
  /// @param freeBytesMin what the disk must have left for a new store
  static Path directory(Path directory, long freeBytesMin) throws ServerStartException {
    try {
      Files.createDirectories(directory);
      long free = Files.getFileStore(directory).getUsableSpace();
      if (free < freeBytesMin && isEmpty(directory)) {
        throw new ServerStartException(
            "the disk of %s has only %s MiB left: make room, or choose another with --data"
                .formatted(directory, free >> 20));
      }
      return directory;
    } catch (IOException e) {
      throw new ServerStartException(
          "can't use the data directory %s (%s): choose another with --data"
              .formatted(directory, e),
          e);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static ClickHouse openInside(ServerConfig config, Path store)
      throws ServerStartException {
    try {
      return EmbeddedClickHouse.open(
          EmbeddedClickHouseConfig.at(store).withMemory(config.memoryBytes()));
    } catch (ClickHouseException e) {
      if (e.kind() == ClickHouseException.Kind.BUSY) {
        throw new ServerStartException(
            "the data directory %s is in use: stop the other server, or choose another with --data"
                .formatted(config.data()),
            e);
      }
      throw new ServerStartException(
          "can't open the database in %s: %s".formatted(store, e.getMessage()), e);
    } catch (IllegalStateException e) {
      throw new ServerStartException(String.valueOf(e.getMessage()), e);
    }
  }
}
