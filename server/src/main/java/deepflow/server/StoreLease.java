package deepflow.server;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a second server off a store that is in a ClickHouse elsewhere, where no file can be
/// locked: each server says every few seconds that it is there, in table `server_lease`, and none
/// begins while another has said so within [#HELD]. All times are that ClickHouse's.
///
/// It can't keep a server from writing that was cut off for longer than that and comes back: that
/// one says so in its log as an error.
final class StoreLease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreLease.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  /// After this a server that was killed holds the store no longer.
  static final Duration HELD = Duration.ofSeconds(30);

  private static final Duration ASK_EVERY = Duration.ofSeconds(1);

  private final ClickHouse clickHouse;
  private final String server = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  private final String host;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("store-lease-", 0).factory());

  private StoreLease(ClickHouse clickHouse, String host) {
    this.clickHouse = clickHouse;
    this.host = host;
  }

  /// Waits until no other server has the store, and takes it.
  ///
  /// @param host what another server is told about this one
  /// @param waitMax how long
  /// @throws ServerStartException when another server has it all the time
  static StoreLease take(ClickHouse clickHouse, String host, Duration waitMax)
      throws ClickHouseException, ServerStartException {
    clickHouse.execute(Query.of("CREATE DATABASE IF NOT EXISTS deepflow"));
    clickHouse.execute(
        Query.of(
            "CREATE TABLE IF NOT EXISTS deepflow.server_lease"
                + " (server String, host String, here UInt8, time DateTime64(3) DEFAULT now64(3))"
                + " ENGINE = MergeTree ORDER BY time TTL toDateTime(time) + INTERVAL 1 HOUR"));
    var lease = new StoreLease(clickHouse, host);
    long end = System.nanoTime() + waitMax.toNanos();
    String other = lease.other();
    while (!other.isEmpty() && System.nanoTime() < end) {
      pause();
      other = lease.other();
    }
    if (other.isEmpty()) {
      lease.say(true);
      // Of two that begin at the same moment at least one sees the other now.
      other = lease.other();
    }
    if (!other.isEmpty()) {
      lease.close();
      throw new ServerStartException(
          "the server on %s has the store in this ClickHouse: stop it, or wait %s s after it was killed"
              .formatted(other, HELD.toSeconds()));
    }
    var _ =
        lease.timer.scheduleAtFixedRate(
            lease::renew, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return lease;
  }

  private static void pause() throws ServerStartException {
    try {
      Thread.sleep(ASK_EVERY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServerStartException("interrupted while another server has the store", e);
    }
  }

  /// The host of another server that is there, or nothing.
  private String other() throws ClickHouseException {
    var query =
        Query.of(
                "SELECT argMax(host, time) FROM deepflow.server_lease"
                    + " WHERE server != {server:String}"
                    + " AND time > now64(3) - toIntervalSecond({held:UInt32})"
                    + " GROUP BY server HAVING argMax(here, time) = 1 LIMIT 1")
            .with("server", server)
            .with("held", HELD.toSeconds());
    try (Rows rows = clickHouse.query(query)) {
      return rows.next() ? rows.getString(0) : "";
    }
  }

  private void say(boolean here) throws ClickHouseException {
    clickHouse.execute(
        Query.of(
                "INSERT INTO deepflow.server_lease (server, host, here)"
                    + " SELECT {server:String}, {host:String}, {here:UInt8}")
            .with("server", server)
            .with("host", host)
            .with("here", here ? 1 : 0));
  }

  private void renew() {
    try {
      say(true);
      String other = other();
      if (!other.isEmpty()) {
        LOG.error(
            "another server, on {}, writes to the same store: stop one of the two, now", other);
      }
    } catch (Throwable e) {
      // What comes out of here ends the timer, and after that another server takes the store.
      LOG.warn("can't say that this server has the store, again in {}: {}", EVERY, e.toString());
    }
  }

  /// Gives the store back.
  @Override
  public void close() {
    timer.shutdownNow();
    timer.close();
    try {
      say(false);
    } catch (ClickHouseException e) {
      LOG.warn("the store is free for others only in {} s: {}", HELD.toSeconds(), e.getMessage());
    }
  }
}
