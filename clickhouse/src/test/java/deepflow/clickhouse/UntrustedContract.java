package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A user can read, and do nothing else.
abstract class UntrustedContract extends ClickHouseContract {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 INTO OUTFILE '/tmp/outfile'",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT file('/etc/passwd')",
        "SELECT \"fi\\x6ce\"('/etc/passwd')",
        "SELECT /* file */ `file`('/etc/passwd')",
        "SELECT arrayMap(file, ['/etc/passwd'])",
        "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
        "WITH file AS f SELECT arrayMap(f, ['/etc/passwd'])",
        "SELECT decrypt('aes-128-ecb', 'x', file('/etc/passwd'))",
        "SELECT encrypt('aes-128-ecb', file('/etc/passwd'), '0123456789abcdef')",
        "SELECT * FROM view(SELECT file('/etc/passwd'))",
        "SELECT * FROM eval('SELECT 1')",
        "SELECT (SELECT file('/etc/passwd'))",
        "EXPLAIN SELECT file('/etc/passwd')",
        "EXPLAIN AST SELECT file('/etc/passwd')",
        "DESCRIBE (SELECT file('/etc/passwd'))",
        "DESCRIBE file('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1:1', system.one)",
        "SELECT * FROM executable('ls', 'TSV', 'a String')",
        "SELECT * FROM filesystem('/etc')",
        "SYSTEM STOP MERGES",
        "KILL QUERY WHERE 1 ASYNC",
        "SET max_threads = 1",
        "USE system",
        "SELECT 1 SETTINGS max_threads = 1",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP DATABASE contract",
        "SELECT 1 FORMAT JSON",
        "INSERT INTO contract.t VALUES (1)",
        "DROP DATABASE contract",
        "CREATE TABLE contract.u (a UInt8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE u (a UInt8)",
        "CREATE FUNCTION f AS x -> x",
        "ALTER TABLE contract.t DELETE WHERE 1",
        "TRUNCATE TABLE contract.t",
        "OPTIMIZE TABLE contract.t",
        "BACKUP DATABASE contract TO Disk('d', 'b')",
        "ATTACH TABLE contract.t",
        "file('/etc/passwd')",
        "",
        "-- nothing",
      })
  void refusesAUsersStatementThatDoesMoreThanRead(String sql) throws Exception {
    table("t", "a UInt64", "");
    assertFails(() -> all(Query.untrusted(sql)), Kind.REFUSED);
    assertThat(all("SHOW TABLES FROM contract")).containsExactly(List.of("t"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DESCRIBE url('URL', 'CSV')",
        "DESCRIBE TABLE url('URL', 'CSV')",
        "DESC url('URL', 'CSV')",
        "DESCRIBE s3('URL', 'CSV')",
        "DESCRIBE (SELECT * FROM url('URL', 'CSV'))",
        "DESCRIBE view(SELECT * FROM url('URL', 'CSV'))",
        "EXPLAIN SELECT * FROM url('URL', 'CSV')",
        "EXPLAIN AST SELECT * FROM url('URL', 'CSV')",
        "EXPLAIN SYNTAX SELECT * FROM url('URL', 'CSV')",
        "EXPLAIN QUERY TREE SELECT * FROM url('URL', 'CSV')",
        "EXPLAIN PIPELINE SELECT * FROM url('URL', 'CSV')",
        "EXPLAIN ESTIMATE SELECT * FROM url('URL', 'CSV')",
        "EXPLAIN TABLE OVERRIDE mysql('HOST', 'a', 'b', 'c', 'd') COLUMNS (e UInt8)",
        "SELECT * FROM numbers(1), url('URL', 'CSV')",
        "SELECT 1 IN (SELECT * FROM url('URL', 'CSV'))",
        "SELECT * FROM view(SELECT * FROM url('URL', 'CSV'))",
        "SELECT * FROM viewIfPermitted(SELECT * FROM url('URL', 'CSV') ELSE null('a String'))",
        "SELECT * FROM remote('HOST', 'system', 'one')",
        "SELECT * FROM mysql('HOST', 'a', 'b', 'c', 'd')",
        "DESCRIBE mysql('HOST', 'a', 'b', 'c', 'd')",
        "DESCRIBE remote('HOST', 'system', 'one')",
        "DESCRIBE cluster('HOST', 'system', 'one')",
        "DESCRIBE postgresql('HOST', 'a', 'b', 'c', 'd')",
        "SHOW COLUMNS FROM url('URL', 'CSV')",
        "CHECK TABLE url('URL', 'CSV')",
        "EXISTS url('URL', 'CSV')",
      })
  void noUsersStatementReachesTheNetwork(String template) throws Exception {
    var calls = new AtomicInteger();
    try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform().daemon().start(() -> hangUpOnEachCall(server, calls));
      String host = "127.0.0.1:" + server.getLocalPort();
      String sql = template.replace("URL", "http://" + host + "/a.csv").replace("HOST", host);
      try {
        all(Query.untrusted(sql).setting("max_execution_time", 3));
      } catch (ClickHouseException _) {
        // refused or not: what counts is that nobody was called
      }
      assertThat(calls).as(sql).hasValue(0);
    }
  }

  private static void hangUpOnEachCall(ServerSocket server, AtomicInteger calls) {
    try {
      while (true) {
        server.accept().close();
        calls.incrementAndGet();
      }
    } catch (IOException _) {
      // the test is over
    }
  }

  @Test
  void refusesAUsersParameterThatNamesAFunction() {
    var query =
        Query.untrusted("SELECT arrayMap({f:Identifier}, ['/etc/passwd'])").with("f", "file");
    assertFails(() -> all(query), Kind.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 'file', 'eval' AS b -- file",
        "WITH 1 AS x SELECT x, 2;",
        "SHOW TABLES FROM contract",
        "DESCRIBE contract.t",
        "EXPLAIN SELECT 1",
        "SELECT count() FROM contract.t WHERE s = {p:String}",
      })
  void runsAUsersStatementThatReads(String sql) throws Exception {
    table("t", "a UInt64, s String", "");
    assertThat(all(Query.untrusted(sql).with("p", "it's; file"))).isNotEmpty();
  }

  @Test
  void appliesSettingsAndLimitsToAUsersStatement() throws Exception {
    var slow = Query.untrusted(ENDLESS).setting("max_execution_time", 1);
    assertFails(() -> all(slow), Kind.BUSY);
    var own = Query.untrusted("SELECT getSetting('max_block_size')").setting("max_block_size", 99);
    assertThat(all(own)).containsExactly(List.of(99L));
  }
}
