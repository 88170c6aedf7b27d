package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException.Kind;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What can go wrong only with a ClickHouse elsewhere.
@Timeout(60)
class RemoteFaultsTest {
  @RegisterExtension static final ThrowAwayServer server = new ThrowAwayServer();

  private static final String INSERT =
      "INSERT INTO faults.t (a, s) SETTINGS async_insert = 0, insert_deduplication_token = '%s'";

  /// More than is read of an error.
  private static final int ERROR_BYTES = 4 << 20;

  private static final Duration ERROR_MAX = Duration.ofSeconds(10);

  private FaultyWire wire;
  private RemoteClickHouse client;

  @BeforeEach
  void connect() throws Exception {
    server.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS faults SYNC"));
    server.clickHouse().execute(Query.of("CREATE DATABASE faults"));
    server
        .clickHouse()
        .execute(
            Query.of(
                "CREATE TABLE faults.t (a UInt64, s String) ENGINE = MergeTree ORDER BY a"
                    + " SETTINGS non_replicated_deduplication_window = 100"));
    wire = FaultyWire.to(server.server().port());
    client = RemoteClickHouse.open(ThrowAwayServer.impatient(wire.url()));
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
    wire.close();
  }

  private static long longOf(ClickHouse clickHouse, String sql) throws ClickHouseException {
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(0);
    }
  }

  private static long rows() throws ClickHouseException {
    return longOf(server.clickHouse(), "SELECT count() FROM faults.t");
  }

  private static long running() throws ClickHouseException {
    return longOf(
        server.clickHouse(),
        "SELECT count() FROM system.processes WHERE query NOT LIKE '%system.processes%'");
  }

  @Test
  void isBusyWhenNobodyListens() throws Exception {
    URI nobody;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
    ClickHouseContract.assertFails(
        () -> RemoteClickHouse.open(ThrowAwayServer.config(nobody)), Kind.BUSY);
    assertThatThrownBy(() -> RemoteClickHouse.open(ThrowAwayServer.config(nobody)))
        .hasMessageContaining(nobody.toString());
  }

  @Test
  void isRefusedWithAWrongPasswordAndDoesNotShowIt() {
    var config =
        RemoteClickHouseConfig.at(wire.url(), ClickHouseHttpServer.USER, "not-this-password");
    assertThat(config.toString()).doesNotContain("not-this-password");
    ClickHouseContract.assertFails(() -> RemoteClickHouse.open(config), Kind.REFUSED);
    assertThatThrownBy(() -> RemoteClickHouse.open(config))
        .hasMessageContaining("does not let user 'deepflow' in: check user and password")
        .hasMessageNotContaining("not-this-password");
  }

  @Test
  void saysThatItIsNoClickHouse() throws Exception {
    var other =
        com.sun.net.httpserver.HttpServer.create(
            new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    other.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    other.start();
    URI url = URI.create("http://127.0.0.1:" + other.getAddress().getPort());
    assertThatThrownBy(() -> RemoteClickHouse.open(ThrowAwayServer.config(url)))
        .hasMessageContaining("answered with status 404, and not as ClickHouse does");
    other.stop(0);
  }

  @Test
  void isBusyWhenAnAnswerIsCutOff() throws Exception {
    try (Rows rows = client.query(Query.of("SELECT number FROM numbers(10000000)"))) {
      assertThat(rows.next()).isTrue();
      wire.cutAfterAnswerBytes(300_000);
      ClickHouseContract.assertFails(
          () -> {
            while (rows.next()) {
              assertThat(rows.getLong(0)).isNotNegative();
            }
          },
          Kind.BUSY);
    }
    assertThat(running()).isZero();
  }

  @Test
  void keepsNoConnectionOfAnErrorThatIsTooLongToBeRead() throws Exception {
    wire.answer(out -> {
      out.write(badGateway(ERROR_BYTES));
      out.write(new byte[ERROR_BYTES]);
    });
    assertBusyWithoutAConnection();
  }

  @Test
  void keepsNoConnectionOfAnErrorThatStallsAfterItsHead() throws Exception {
    wire.answer(out -> out.write(badGateway(ERROR_BYTES)));
    assertBusyWithoutAConnection();
  }

  @Test
  void doesNotWaitForTheEndOfAnErrorThatTrickles() throws Exception {
    wire.answer(out -> {
      out.write(badGateway(ERROR_BYTES));
      for (int i = 0; i < ERROR_BYTES; i++) {
        out.write('.');
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      }
    });
    assertBusyWithoutAConnection();
  }

  private static byte[] badGateway(int length) {
    return "HTTP/1.1 502 Bad Gateway\r\nContent-Length: %s\r\n\r\n"
        .formatted(Integer.toString(length))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private void assertBusyWithoutAConnection() throws Exception {
    long start = System.nanoTime();
    ClickHouseContract.assertFails(() -> longOf(client, "SELECT 1"), Kind.BUSY);
    while (wire.isInUse() && System.nanoTime() - start < ERROR_MAX.toNanos()) {
      Thread.sleep(10);
    }
    assertThat(wire.isInUse()).as("a connection is open").isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(ERROR_MAX);
  }

  @Test
  void givesTheErrorThatComesAfterRows() throws Exception {
    var failing =
        Query.of(
            "SELECT throwIf(number = 3000000, 'three million') AS v FROM numbers(10000000) SETTINGS max_block_size = 1000");
    long rowsBefore = 0;
    try (Rows rows = server.clickHouse().query(failing)) {
      while (rows.next()) {
        rowsBefore++;
      }
      throw new AssertionError("no error");
    } catch (ClickHouseException e) {
      assertThat(e.code()).isEqualTo(395);
      assertThat(e).hasMessageContaining("three million");
    }
    assertThat(rowsBefore).isBetween(1L, 3_000_000L);
  }

  @Test
  void keepsNothingOfAnInsertThatIsCutOffAndAllOfItAfterwards() throws Exception {
    for (long bytes : List.of(600L, 10_000L, 30_000L)) {
      String token = "cut-" + bytes;
      wire.cutAfterRequestBytes(bytes);
      var block = ClickHouseContract.block(bytes, 100_000);
      ClickHouseContract.assertFails(
          () -> client.insert(INSERT.formatted(token), block), Kind.BUSY);
      assertThat(rows()).isZero();
      client.insert(INSERT.formatted(token), block);
      assertThat(rows()).isEqualTo(100_000);
      server.clickHouse().execute(Query.of("TRUNCATE TABLE faults.t"));
    }
  }

  @Test
  void hasABlockOnceWhoseAnswerGotLost() throws Exception {
    var block = ClickHouseContract.block(0, 1000);
    wire.cutAfterAnswerBytes(10);
    ClickHouseContract.assertFails(() -> client.insert(INSERT.formatted("lost"), block), Kind.BUSY);
    assertThat(rows()).isEqualTo(1000);
    client.insert(INSERT.formatted("lost"), block);
    assertThat(rows()).isEqualTo(1000);
  }

  @Test
  void startsNothingWhileAnEarlierWriteMayStillRun() throws Exception {
    wire.carryNoAnswer(true);
    ClickHouseContract.assertFails(
        () ->
            client.execute(
                Query.of(
                    "INSERT INTO faults.t SELECT number, 'x' FROM numbers(100000000000)"
                        + " SETTINGS max_block_size = 1000")),
        Kind.BUSY);
    ClickHouseContract.assertFails(() -> client.query(Query.of("SELECT 1")), Kind.BUSY);
    wire.carryNoAnswer(false);
    wire.cut();
    assertThat(longOf(client, "SELECT 1")).isEqualTo(1);
    assertThat(running()).isZero();
  }

  @Test
  void endsAWriteForWhichAProxyWaitsNoLonger() throws Exception {
    for (String status : List.of("504 Gateway Timeout", "500 Internal Server Error")) {
      wire.giveUpWith(out -> {
        LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
        out.write(
            "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .formatted(status)
                .getBytes(StandardCharsets.US_ASCII));
      });
      assertThatThrownBy(() ->
              client.execute(
                  Query.of(
                      "INSERT INTO faults.t SELECT number, 'x' FROM numbers(100000000000)"
                          + " SETTINGS max_block_size = 1000")))
          .isInstanceOf(ClickHouseException.class)
          .hasMessageContaining("answered with status " + status.substring(0, 3));
      assertThat(running()).as(status).isZero();
    }
  }

  @Test
  void isBusyWhenAServerSaysNothing() throws Exception {
    long start = System.nanoTime();
    wire.carryNoAnswer(true);
    ClickHouseContract.assertFails(
        () -> longOf(client, "SELECT count() FROM numbers(1)"), Kind.BUSY);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(40));
  }

  @Test
  void asksAgainWhenAConnectionThatWasIdleIsGone() throws Exception {
    for (int round = 0; round < 20; round++) {
      assertThat(longOf(client, "SELECT 1")).isEqualTo(1);
      wire.cut();
    }
  }

  @Test
  void goesOnAfterTheServerWasRestarted() throws Exception {
    assertThat(longOf(client, "SELECT 1")).isEqualTo(1);
    try (Rows rows = client.query(Query.of("SELECT number FROM system.numbers"))) {
      assertThat(rows.next()).isTrue();
      server.server().close();
      ClickHouseContract.assertFails(
          () -> {
            while (rows.next()) {
              assertThat(rows.getLong(0)).isNotNegative();
            }
          },
          Kind.BUSY);
    }
    ClickHouseContract.assertFails(() -> longOf(client, "SELECT 1"), Kind.BUSY);
    server.server().startAgain();
    wire.close();
    try (var again = RemoteClickHouse.open(server.config())) {
      assertThat(longOf(again, "SELECT 1")).isEqualTo(1);
    }
  }

  @Test
  void usesOneConnectionForStatementsThatFollowEachOther() throws Exception {
    int before = wire.connections();
    for (int i = 0; i < 50; i++) {
      assertThat(longOf(client, "SELECT " + i)).isEqualTo(i);
    }
    assertThat(wire.connections() - before).isLessThanOrEqualTo(1);
  }

  @Test
  void endsWhatRunsWhenItIsClosed() throws Exception {
    var patient = RemoteClickHouse.open(server.config());
    List<CompletableFuture<Object>> outcomes = new ArrayList<>();
    Rows forgotten = patient.query(Query.of("SELECT number FROM system.numbers"));
    assertThat(forgotten.next()).isTrue();
    outcomes.add(ClickHouseContract.start(() -> longOf(patient, ClickHouseContract.ENDLESS)));
    outcomes.add(
        ClickHouseContract.start(() -> {
          patient.execute(
              Query.of("INSERT INTO faults.t SELECT count(), '' FROM numbers(1000000000000)"));
          return true;
        }));
    while (running() < 3) {
      Thread.sleep(10);
    }
    patient.close();
    patient.close();
    assertThat(running()).isZero();
    ClickHouseContract.assertEnded(patient, outcomes, forgotten);
  }
}
