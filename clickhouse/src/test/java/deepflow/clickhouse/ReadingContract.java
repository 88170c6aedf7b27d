package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Rows come out as they are.
abstract class ReadingContract extends ClickHouseContract {
  @Test
  void knowsItsVersion() {
    assertThat(clickHouse().version()).matches("\\d+\\.\\d+(\\.\\d+)+");
  }

  static Stream<Map.Entry<String, @Nullable Object>> values() throws Exception {
    return Stream.of(numbers(), textsAndTimes(), composites()).flatMap(kind -> kind);
  }

  private static Stream<Map.Entry<String, @Nullable Object>> numbers() {
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
        value("toDecimal256('7', 60)", new BigDecimal(7).setScale(60)));
  }

  private static Stream<Map.Entry<String, @Nullable Object>> textsAndTimes() throws Exception {
    return Stream.of(
        value("'a\\tb\\n\\0ü€😀'", "a\tb\n\0ü€😀"),
        value("unhex('ff00')", new byte[] {-1, 0}),
        value("unhex('41ff42')", new byte[] {'A', -1, 'B'}),
        value("unhex('efbfbd')", "\uFFFD"),
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
        value("CAST('a\\tb\\0', 'Enum8(''a\\\\tb\\\\0'' = 1)')", "a\tb\0"),
        value("toIntervalDay(3)", 3L));
  }

  private static Stream<Map.Entry<String, @Nullable Object>> composites() {
    return Stream.of(
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

  /// An answer that is sorted comes as one: 24 MB here, with rows larger and smaller than the
  /// pieces in which it comes on.
  @Test
  void keepsRowsWholeOfAnAnswerThatComesAsOne() throws Exception {
    String sql =
        "SELECT number, repeat(repeat(toString(number % 10), 1000), number % 7 = 0 ? 2500 : 300)"
            + " FROM numbers(20) ORDER BY number DESC";
    try (Rows rows = clickHouse().query(Query.of(sql))) {
      for (long expected = 19; expected >= 0; expected--) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getLong(0)).isEqualTo(expected);
        int length = expected % 7 == 0 ? 2_500_000 : 300_000;
        assertThat(rows.getBytes(1)).hasSize(length).containsOnly('0' + (int) (expected % 10));
      }
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
  void passesParametersOfAnyLength() throws Exception {
    var ids = new StringJoiner("','", "['", "']");
    for (int i = 0; i < 20_000; i++) {
      ids.add(String.format(Locale.ROOT, "%032x", i));
    }
    Query many =
        Query.of("SELECT count(), max(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id)");
    assertThat(all(many.with("ids", ids.toString())))
        .containsExactly(List.of(20_000L, String.format(Locale.ROOT, "%032x", 19_999)));

    String text = "it's a {text:String}, \\n\\' \t\n\r\0 \u00e9\u4e2d ".repeat(10_000);
    Query both = Query.of("SELECT { text : String } AS t, {other:String} AS o").with("text", text);
    assertThat(all(both.with("other", text + "'"))).containsExactly(List.of(text, text + "'"));
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
}
