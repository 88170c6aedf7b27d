package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException.Kind;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.ByteColumn;
import deepflow.clickhouse.block.Column;
import deepflow.clickhouse.block.DoubleColumn;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.FloatColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.NullableColumn;
import deepflow.clickhouse.block.ShortColumn;
import deepflow.clickhouse.block.StringColumn;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What every ClickHouse of ours promises, wherever it runs. Each implementation has a test class
/// that extends this one.
@Timeout(120)
abstract class ClickHouseContract {
  private static final String ENDLESS = "SELECT count() FROM numbers(1000000000000)";
  private static final String TOKEN_SETTINGS =
      " SETTINGS async_insert = 0, insert_deduplication_token = '%s'";

  abstract ClickHouse clickHouse();

  /// The same data seen by a new client; for the embedded one also by a new engine.
  abstract ClickHouse reopened() throws Exception;

  @BeforeEach
  void beginEmpty() throws Exception {
    clickHouse().execute(Query.of("DROP DATABASE IF EXISTS contract SYNC"));
    clickHouse().execute(Query.of("CREATE DATABASE contract"));
  }

  @Test
  void knowsItsVersion() {
    assertThat(clickHouse().version()).matches("\\d+\\.\\d+(\\.\\d+)+");
  }

  static Stream<Map.Entry<String, @Nullable Object>> values() throws Exception {
    return Stream.of(
        value("toInt8(-128)", -128L),
        value("toUInt8(255)", 255L),
        value("toInt16(-32768)", -32768L),
        value("toUInt16(65535)", 65535L),
        value("toInt32(-2147483648)", -2147483648L),
        value("toUInt32(4294967295)", 4294967295L),
        value("toInt64('-9223372036854775808')", Long.MIN_VALUE),
        value("toUInt64(9223372036854775807)", Long.MAX_VALUE),
        value("18446744073709551615", new BigInteger("18446744073709551615")),
        value(
            "toInt128('-170141183460469231731687303715884105728')",
            BigInteger.TWO.pow(127).negate()),
        value(
            "toUInt128('340282366920938463463374607431768211455')",
            BigInteger.TWO.pow(128).subtract(BigInteger.ONE)),
        value("toInt256('-1')", BigInteger.ONE.negate()),
        value("toUInt256('1')", BigInteger.ONE),
        value("toFloat32(1.5)", 1.5),
        value("-0.1", -0.1),
        value("inf", Double.POSITIVE_INFINITY),
        value("nan", Double.NaN),
        value("toBFloat16(-2.5)", -2.5),
        value("true", true),
        value("toDecimal32('-1.05', 2)", new BigDecimal("-1.05")),
        value("toDecimal64('12345678.12345', 5)", new BigDecimal("12345678.12345")),
        value("toDecimal128('-0.5', 20)", new BigDecimal("-0.5").setScale(20)),
        value("toDecimal256('7', 60)", new BigDecimal(7).setScale(60)),
        value("'a\\tb\\n\\0ü€😀'", "a\tb\n\0ü€😀"),
        value("unhex('ff00')", new byte[] {-1, 0}),
        value("toFixedString('ab', 3)", new byte[] {'a', 'b', 0}),
        value("toLowCardinality('x')", "x"),
        value("toDate('2149-06-06')", LocalDate.of(2149, 6, 6)),
        value("toDate32('1900-01-01')", LocalDate.of(1900, 1, 1)),
        value("toDateTime(4294967295, 'Asia/Kathmandu')", Instant.ofEpochSecond(4294967295L)),
        value("fromUnixTimestamp64Nano(-1, 'UTC')", Instant.ofEpochSecond(-1, 999_999_999)),
        value(
            "toDateTime64('2001-02-03 04:05:06.789', 3, 'UTC')",
            Instant.parse("2001-02-03T04:05:06.789Z")),
        value("toIPv4('192.0.2.1')", InetAddress.getByName("192.0.2.1")),
        value("toIPv6('2001:db8::1')", InetAddress.getByName("2001:db8::1")),
        value("toIPv6('::ffff:192.0.2.1')", InetAddress.getByName("192.0.2.1")),
        value(
            "toUUID('00112233-4455-6677-8899-aabbccddeeff')",
            UUID.fromString("00112233-4455-6677-8899-aabbccddeeff")),
        value("CAST('b', 'Enum8(''a'' = -128, ''b'' = 127)')", "b"),
        value("CAST('it''s, (b)', 'Enum16(''it\\\\''s, (b)'' = 300)')", "it's, (b)"),
        value("toIntervalDay(3)", 3L),
        value("NULL", null),
        value("CAST(NULL, 'Nullable(Int64)')", null),
        value("toNullable(5)", 5L),
        value("toLowCardinality(CAST(NULL, 'Nullable(String)'))", null),
        value("[]", List.of()),
        value("[[1, 2], [], [3]]", List.of(List.of(1L, 2L), List.of(), List.of(3L))),
        value("[1, NULL]", Arrays.asList(1L, null)),
        value("tuple(1, 'a', [2.5])", List.of(1L, "a", List.of(2.5))),
        value("CAST((1, 'x'), 'Tuple(n UInt8, `odd name, (x)` String)')", List.of(1L, "x")),
        value("map('k', 1, 'k', 2)", new MapValue(List.of("k", "k"), List.of(1L, 2L))),
        value(
            "[map(toLowCardinality('a'), 'b')]", List.of(new MapValue(List.of("a"), List.of("b")))),
        value("CAST((1., 2.), 'Point')", List.of(1.0, 2.0)),
        value("CAST(3, 'SimpleAggregateFunction(sum, UInt64)')", 3L));
  }

  private static Map.Entry<String, @Nullable Object> value(String sql, @Nullable Object expected) {
    return new java.util.AbstractMap.SimpleEntry<>(sql, expected);
  }

  @ParameterizedTest
  @MethodSource("values")
  void readsEachType(Map.Entry<String, @Nullable Object> value) throws Exception {
    String sql = "SELECT %s AS v, toTypeName(v)".formatted(value.getKey());
    try (Rows rows = clickHouse().query(Query.of(sql))) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.get(0)).as(rows.getString(1)).isEqualTo(value.getValue());
      assertThat(rows.isNull(0)).isEqualTo(value.getValue() == null);
      assertThat(rows.columns().getFirst().name()).isEqualTo("v");
      assertThat(rows.columns().getFirst().type()).isEqualToIgnoringWhitespace(rows.getString(1));
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void givesPrimitivesWithoutObjects() throws Exception {
    String sql =
        "SELECT 18446744073709551615, 18446744073709551615 / 1, unhex('fffe'), toIPv6('::1'), 'ü',"
            + " toDateTime64('1970-01-01 00:00:00.000000007', 9, 'UTC'), toNullable(3), true";
    try (Rows rows = clickHouse().query(Query.of(sql))) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getLong(0)).isEqualTo(-1);
      assertThat(rows.getDouble(0)).isEqualTo(0x1p64);
      assertThat(rows.getString(0)).isEqualTo("18446744073709551615");
      assertThat(rows.getDouble(1)).isEqualTo(0x1p64);
      assertThat(rows.getBytes(2)).containsExactly(0xff, 0xfe);
      assertThat(rows.getBytes(3)).hasSize(16).endsWith(1);
      assertThat(rows.getString(4)).isEqualTo("ü");
      assertThat(rows.getLong(5)).isEqualTo(7);
      assertThat(rows.getLong(6)).isEqualTo(3);
      assertThat(rows.getLong(7)).isEqualTo(1);
      assertThatThrownBy(() -> rows.getLong(4)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> rows.getBytes(0)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void namesTheColumnWhoseTypeCannotBeRead() {
    assertThatThrownBy(() -> all("SELECT 1 AS ok, sumState(1) AS odd"))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BUG))
        .hasMessageContaining("column 'odd'");
  }

  @Test
  void keepsTheOrderOfManyRowsAcrossChunks() throws Exception {
    try (Rows rows =
        clickHouse().query(Query.of("SELECT number, toString(number) FROM numbers(300000)"))) {
      for (long expected = 0; expected < 300_000; expected++) {
        assertThat(rows.next()).isTrue();
        if (rows.getLong(0) != expected || !rows.getString(1).equals(Long.toString(expected))) {
          throw new AssertionError("row " + expected + " is " + rows.getLong(0));
        }
      }
      assertThat(rows.next()).isFalse();
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void givesColumnsOfAnEmptyAnswer() throws Exception {
    try (Rows rows = clickHouse().query(Query.of("SELECT number AS n FROM numbers(0)"))) {
      assertThat(rows.columns()).containsExactly(new ColumnType("n", "UInt64"));
      assertThat(rows.next()).isFalse();
      assertThatThrownBy(() -> rows.getLong(0)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void answersShowDescribeAndExplain() throws Exception {
    table("t", "a UInt64", "");
    assertThat(all("SHOW TABLES FROM contract")).containsExactly(List.of("t"));
    assertThat(all("DESCRIBE contract.t").getFirst()).startsWith("a", "UInt64");
    assertThat(all("EXPLAIN SYNTAX SELECT 1")).isNotEmpty();
  }

  @Test
  void passesEveryCharacterOfAParameter() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      String nasty = nasty(random);
      var list = List.of(nasty, "", nasty(random));
      var query =
          Query.of("SELECT {text:String}, {list:Array(String)}")
              .with("text", nasty)
              .with("list", list);
      assertThat(all(query)).as("tests.seed=%s", seed).containsExactly(List.of(nasty, list));
    }
  }

  private static String nasty(Random random) {
    String alphabet = "\t\n\r\0\\'\"`{}[],:;-#/*$ \b\fantu0ü€😀";
    var text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      text.appendCodePoint(
          alphabet.codePointAt(
              alphabet.offsetByCodePoints(
                  0, random.nextInt(alphabet.codePointCount(0, alphabet.length())))));
    }
    return text.toString();
  }

  @Test
  void bindsNumbersAndTimes() throws Exception {
    var query =
        Query.of("SELECT {n:UInt64} + 1, {t:DateTime64(9, 'UTC')}, {f:FixedString(2)}")
            .with("n", 41)
            .with("t", "2001-02-03 04:05:06.000000007")
            .with("f", "\t\\");
    assertThat(all(query).getFirst())
        .usingRecursiveComparison()
        .isEqualTo(
            List.of(42L, Instant.parse("2001-02-03T04:05:06.000000007Z"), new byte[] {'\t', '\\'}));
  }

  @Test
  void refusesAParameterThatIsNoSuchValue() {
    var query = Query.of("SELECT {n:UInt64}").with("n", "1; DROP TABLE x");
    assertFails(() -> all(query), Kind.REFUSED);
  }

  @Test
  void insertsABlockOf100000RowsAsOnePart() throws Exception {
    table("t", "a UInt64, s String", "");
    clickHouse().insert("INSERT INTO contract.t (a, s)", block(0, 100_000));
    assertThat(all("SELECT count(), sum(a), uniqExact(s) FROM contract.t"))
        .containsExactly(List.of(100_000L, 4_999_950_000L, 100_000L));
    assertThat(all("SELECT rows FROM system.parts WHERE database = 'contract' AND active"))
        .containsExactly(List.of(100_000L));
  }

  @Test
  void keepsTheExtremesOfEachColumn() throws Exception {
    table(
        "t",
        "a UInt8, b Int16, c UInt32, d UInt64, e Float32, f Float64, g FixedString(2), h IPv6,"
            + " i Nullable(Int64), j DateTime64(9, 'UTC'), k Date, l Bool, m UInt128,"
            + " n Nullable(String)",
        "");
    var block = new Block();
    block.add("a", new ByteColumn("UInt8")).append(255);
    block.add("b", new ShortColumn("Int16")).append(-32768);
    block.add("c", new IntColumn("UInt32")).append(-1);
    block.add("d", new LongColumn("UInt64")).append(-1);
    block.add("e", new FloatColumn("Float32")).append(Float.MIN_VALUE);
    block.add("f", new DoubleColumn("Float64")).append(-0.0);
    block.add("g", FixedBytesColumn.fixedString(2)).append(new byte[] {0, -1});
    block.add("h", new FixedBytesColumn("IPv6", 16)).append(0x20010DB8L << 32, 1);
    block.add("i", new NullableColumn<>(new LongColumn("Int64"))).present().append(Long.MIN_VALUE);
    block.add("j", new LongColumn("DateTime64(9, 'UTC')")).append(Long.MIN_VALUE);
    block.add("k", new ShortColumn("Date")).append(65535);
    block.add("l", new ByteColumn("Bool")).append(1);
    block.add("m", new FixedBytesColumn("UInt128", 16)).append(-1, -1);
    block.add("n", new NullableColumn<>(new StringColumn())).present().append("ü");
    block.columns().values().forEach(Column::appendDefault);
    clickHouse().insert("INSERT INTO contract.t", block);

    String sql = "SELECT a, b, c, d, e, f, hex(g), h, i, reinterpretAsInt64(j), k, l, m, n";
    assertThat(all(sql + " FROM contract.t ORDER BY a DESC"))
        .containsExactly(
            Arrays.asList(
                255L,
                -32768L,
                4294967295L,
                new BigInteger("18446744073709551615"),
                (double) Float.MIN_VALUE,
                -0.0,
                "00FF",
                InetAddress.getByName("2001:db8::1"),
                Long.MIN_VALUE,
                Long.MIN_VALUE,
                LocalDate.ofEpochDay(65535),
                true,
                BigInteger.TWO.pow(128).subtract(BigInteger.ONE),
                "ü"),
            Arrays.asList(
                0L,
                0L,
                0L,
                0L,
                0.0,
                0.0,
                "0000",
                InetAddress.getByName("::"),
                null,
                0L,
                LocalDate.EPOCH,
                false,
                BigInteger.ZERO,
                null));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 257, 65535, 65536, 65537})
  void keepsEveryKeyOfADictionary(int keys) throws Exception {
    table("t", "a UInt64, s LowCardinality(String)", "");
    var block = new Block();
    LongColumn numbers = block.add("a", new LongColumn("UInt64"));
    LowCardinalityColumn texts = block.add("s", new LowCardinalityColumn());
    for (int row = 0; row < keys + 100; row++) {
      numbers.append(row % keys);
      texts.append(row % keys == 0 ? "" : Integer.toString(row % keys));
    }
    clickHouse().insert("INSERT INTO contract.t", block);
    assertThat(
            all(
                "SELECT count(), uniqExact(s), countIf(s != if(a = 0, '', toString(a))) FROM contract.t"))
        .containsExactly(List.of(keys + 100L, (long) keys, 0L));
  }

  @Test
  void keepsNestedColumnsAsTheyAre() throws Exception {
    table(
        "t",
        "a UInt64, m Map(LowCardinality(String), String),"
            + " e Array(Map(LowCardinality(String), String)), t Array(UInt64),"
            + " n Array(LowCardinality(String)), x Array(Nullable(Int32))",
        "");
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    var rows = new NestedRows();
    for (int round = 0; round < 3; round++) {
      List<List<@Nullable Object>> expected = new ArrayList<>();
      int count = random.nextInt(round == 0 ? 3 : 800) + 1;
      for (long row = 0; row < count; row++) {
        expected.add(rows.append(row, random));
      }
      clickHouse().execute(Query.of("TRUNCATE TABLE contract.t"));
      clickHouse().insert("INSERT INTO contract.t", rows.block());
      rows.block().clear();
      assertThat(all("SELECT * FROM contract.t ORDER BY a"))
          .as("tests.seed=%s", seed)
          .isEqualTo(expected);
    }
  }

  @Test
  void insertsTheSameBlockObjectAgainAfterClear() throws Exception {
    table("t", "a UInt64, s String", "");
    Block block = block(0, 10);
    clickHouse().insert("INSERT INTO contract.t (a, s)", block);
    block.clear();
    clickHouse().insert("INSERT INTO contract.t (a, s)", block);
    assertThat(count()).isEqualTo(10);
  }

  @Test
  void dropsABlockWhoseTokenItHasAlsoAfterReopening() throws Exception {
    table("t", "a UInt64, s String", "SETTINGS non_replicated_deduplication_window = 1000");
    insert("one", block(0, 10));
    insert("one", block(0, 10));
    insert("one", block(100, 5));
    assertThat(count()).isEqualTo(10);
    insert("two", block(0, 10));
    assertThat(count()).isEqualTo(20);
    reopened();
    insert("one", block(0, 10));
    insert("two", block(0, 10));
    assertThat(count()).isEqualTo(20);
  }

  private void insert(String token, Block block) throws ClickHouseException {
    clickHouse().insert("INSERT INTO contract.t (a, s)" + TOKEN_SETTINGS.formatted(token), block);
  }

  @Test
  void dropsASelectedInsertWhoseTokenItHas() throws Exception {
    table("t", "a UInt64, s String", "SETTINGS non_replicated_deduplication_window = 1000");
    String sql =
        "INSERT INTO contract.t SELECT number, 'x' FROM numbers({n:UInt64})"
            + TOKEN_SETTINGS.formatted("s");
    clickHouse().execute(Query.of(sql).with("n", 7));
    clickHouse().execute(Query.of(sql).with("n", 9));
    assertThat(count()).isEqualTo(7);
  }

  @Test
  void refusesABlockWithAColumnThatTheTableLacks() throws Exception {
    table("t", "a UInt64", "");
    assertThatThrownBy(() -> clickHouse().insert("INSERT INTO contract.t", block(0, 3)))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.code()).isEqualTo(117));
    assertThat(count()).isZero();
  }

  @Test
  void writesNothingOfABlockThatIsBroken() throws Exception {
    table("t", "a UInt64, s String", "");
    Block block = block(0, 50_000);
    ((LongColumn) java.util.Objects.requireNonNull(block.columns().get("a"))).append(1);
    assertThatThrownBy(() -> clickHouse().insert("INSERT INTO contract.t (a, s)", block))
        .isInstanceOf(IllegalStateException.class);
    assertThat(count()).isZero();
  }

  @Test
  void writesNothingWhenAConstraintFails() throws Exception {
    table("t", "a UInt64, s String, CONSTRAINT small CHECK a < 5", "");
    assertFails(() -> clickHouse().insert("INSERT INTO contract.t (a, s)", block(0, 10)), Kind.BUG);
    assertThat(count()).isZero();
  }

  @Test
  void tellsItsOwnFaultFromAUsersFault() {
    String unknown = "SELECT nope FROM contract.nope";
    assertFails(() -> all(Query.of(unknown)), Kind.BUG);
    assertFails(() -> all(Query.untrusted(unknown)), Kind.REFUSED);
    assertFails(() -> all(Query.untrusted("SELEC 1")), Kind.REFUSED);
    assertFails(() -> all(Query.untrusted("SELECT 1 + 'a'")), Kind.REFUSED);
    assertThatThrownBy(() -> all(Query.untrusted(unknown)))
        .isInstanceOfSatisfying(ClickHouseException.class, e -> assertThat(e.code()).isEqualTo(60));
  }

  @Test
  void isBusyWhenAQueryNeedsTooMuchMemory() {
    var greedy =
        Query.of("SELECT groupArray(number) FROM numbers(100000000)")
            .setting("max_memory_usage", 10_000_000);
    assertFails(() -> all(greedy), Kind.BUSY);
  }

  @Test
  void isBusyWhenAQueryTakesTooLong() {
    var slow = Query.of(ENDLESS).setting("max_execution_time", 1);
    long start = System.nanoTime();
    assertFails(() -> all(slow), Kind.BUSY);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void isBusyWhenATimeoutComesAfterRowsWereGiven() throws Exception {
    var slow = Query.of("SELECT number FROM system.numbers").setting("max_execution_time", 1);
    try (Rows rows = clickHouse().query(slow)) {
      assertThat(rows.next()).isTrue();
      assertFails(
          () -> {
            while (rows.next()) {
              assertThat(rows.getLong(0)).isNotNegative();
            }
          },
          Kind.BUSY);
    }
    assertThatNothingRuns();
  }

  @Test
  void settingsEndWithTheirStatement() throws Exception {
    String sql = "SELECT getSetting('max_block_size')";
    var own = Query.of(sql).setting("max_block_size", 1234);
    assertThat(all(own)).containsExactly(List.of(1234L));
    assertThat(all(Query.of(sql)).getFirst().getFirst()).isNotEqualTo(1234L);
  }

  @Test
  void endsAQueryThatIsNotReadToItsEnd() throws Exception {
    for (int round = 0; round < 20; round++) {
      try (Rows rows = clickHouse().query(Query.of("SELECT number FROM system.numbers"))) {
        assertThat(rows.next()).isTrue();
      }
    }
    assertThatNothingRuns();
  }

  @Test
  void endsAQueryWhoseCallerIsInterrupted() throws Exception {
    var outcome = new CompletableFuture<Object>();
    var caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                outcome.complete(all(Query.of(ENDLESS)));
              } catch (Exception e) {
                outcome.complete(Thread.currentThread().isInterrupted() ? e : "flag lost");
              }
            });
    while (running().isEmpty()) {
      Thread.onSpinWait();
    }
    caller.interrupt();
    assertThat(outcome.get(30, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BUSY));
    assertThatNothingRuns();
  }

  @Test
  void readsWhileAnotherQueryIsOpen() throws Exception {
    try (Rows outer = clickHouse().query(Query.of("SELECT number FROM numbers(200000)"))) {
      assertThat(outer.next()).isTrue();
      assertThat(all("SELECT 1")).containsExactly(List.of(1L));
      long rows = 1;
      while (outer.next()) {
        rows++;
      }
      assertThat(rows).isEqualTo(200_000);
    }
  }

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

  // --- helpers
  // -------------------------------------------------------------------------------------

  final void table(String name, String columns, String settings) throws ClickHouseException {
    clickHouse()
        .execute(
            Query.of(
                "CREATE TABLE contract.%s (%s) ENGINE = MergeTree ORDER BY a %s"
                    .formatted(name, columns, settings)));
  }

  static Block block(long firstRow, int rows) {
    var block = new Block();
    LongColumn numbers = block.add("a", new LongColumn("UInt64"));
    StringColumn texts = block.add("s", new StringColumn());
    for (long row = firstRow; row < firstRow + rows; row++) {
      numbers.append(row);
      texts.append(("row " + row).getBytes(UTF_8));
    }
    return block;
  }

  final long count() throws ClickHouseException {
    return (Long)
        java.util.Objects.requireNonNull(
            all("SELECT count() FROM contract.t").getFirst().getFirst());
  }

  final List<List<@Nullable Object>> all(String sql) throws ClickHouseException {
    return all(Query.of(sql));
  }

  final List<List<@Nullable Object>> all(Query query) throws ClickHouseException {
    List<List<@Nullable Object>> all = new ArrayList<>();
    try (Rows rows = clickHouse().query(query)) {
      while (rows.next()) {
        List<@Nullable Object> row = new ArrayList<>();
        for (int i = 0; i < rows.columns().size(); i++) {
          row.add(rows.get(i));
        }
        all.add(row);
      }
    }
    return all;
  }

  private List<List<@Nullable Object>> running() throws ClickHouseException {
    return all("SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'");
  }

  private void assertThatNothingRuns() throws ClickHouseException {
    assertThat(running()).isEmpty();
  }

  static void assertFails(ThrowingCallable call, Kind kind) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }
}
