package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Space on the disk that is held only to be given back on a full one, where nothing could be
/// dropped without it: to count a day is an insert, and to drop one writes an empty part in its
/// place, for each of which the engine wants 1 MiB.
///
/// It is a table, so it lies where the others do, in a ClickHouse elsewhere too: to drop a table
/// moves a file and writes none. Its bytes are random ones, since some file systems compress.
final class Ballast {
  private static final Logger LOG = LoggerFactory.getLogger(Ballast.class);
  private static final long ROW_BYTES = 4096;

  private final ClickHouse clickHouse;
  private final StoreConfig config;
  private final DiskSpace disk;

  Ballast(ClickHouse clickHouse, StoreConfig config, DiskSpace disk) {
    this.clickHouse = clickHouse;
    this.config = config;
    this.disk = disk;
  }

  /// Takes the space when it is not held and there is room for it beyond what stays free.
  void hold() throws ClickHouseException {
    if (isHeld() || disk.free() - config.ballastBytes() < config.freeBytesMin()) {
      return;
    }
    clickHouse.execute(
        Query.of(
            "CREATE TABLE IF NOT EXISTS deepflow.ballast %s (bytes String CODEC(NONE)) ENGINE = %s ORDER BY tuple()"
                .formatted(config.onCluster(), config.engine())));
    clickHouse.execute(
        Query.of(
                "INSERT INTO deepflow.ballast SELECT randomString({bytes:UInt64})"
                    + " FROM numbers({rows:UInt64})")
            .with("bytes", ROW_BYTES)
            .with("rows", config.ballastBytes() / ROW_BYTES)
            .setting("async_insert", 0));
  }

  /// Gives it back after something failed that the full disk may have been the cause of.
  ///
  /// @return whether that may succeed now
  boolean giveBackAfter(ClickHouseException failure) {
    try {
      return giveBack();
    } catch (ClickHouseException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  private boolean giveBack() throws ClickHouseException {
    if (!isHeld() || disk.free() >= config.freeBytesMin()) {
      return false;
    }
    clickHouse.execute(
        Query.of("DROP TABLE deepflow.ballast %s SYNC".formatted(config.onCluster())));
    LOG.warn(
        "the disk is full: gave back the {} MiB that are held to drop the oldest day with",
        config.ballastBytes() >> 20);
    return true;
  }

  private boolean isHeld() throws ClickHouseException {
    return Store.number(
            clickHouse,
            Query.of(
                "SELECT count() FROM system.parts WHERE database = 'deepflow'"
                    + " AND table = 'ballast' AND active"))
        > 0;
  }
}
