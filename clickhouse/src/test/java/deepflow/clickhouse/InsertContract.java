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
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Blocks go in whole, and once.
abstract class InsertContract extends ClickHouseContract {
  private static final String TOKEN_SETTINGS =
      " SETTINGS async_insert = 0, insert_deduplication_token = '%s'";

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
  void insertsABlockOf60MegabytesAsOnePart() throws Exception {
    table("t", "a UInt64, s String", "");
    var block = new Block();
    LongColumn numbers = block.add("a", new LongColumn("UInt64"));
    StringColumn texts = block.add("s", new StringColumn());
    byte[] text = "x".repeat(600).getBytes(UTF_8);
    for (int row = 0; row < 100_000; row++) {
      numbers.append(row);
      texts.append(text);
    }
    assertThat(block.bytes()).isGreaterThan(60_000_000);
    clickHouse().insert("INSERT INTO contract.t (a, s)", block);
    assertThat(
            all(
                "SELECT count(), sum(rows) FROM system.parts WHERE database = 'contract' AND active"))
        .containsExactly(List.of(1L, 100_000L));
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
    subject().reopen();
    insert("one", block(0, 10));
    insert("two", block(0, 10));
    assertThat(count()).isEqualTo(20);
  }

  private void insert(String token, Block block) throws ClickHouseException {
    clickHouse().insert("INSERT INTO contract.t (a, s)" + TOKEN_SETTINGS.formatted(token), block);
  }

  /// A day may be larger than the 50 GB that ClickHouse doesn't drop without being told to.
  @Test
  void mayDropAnythingHoweverLarge() throws Exception {
    table("t", "a String, value String, changed UInt8", "");
    clickHouse()
        .execute(
            Query.of(
                "INSERT INTO contract.t SELECT name, value, changed FROM system.settings"
                    + " WHERE name IN ('max_partition_size_to_drop', 'max_table_size_to_drop')"));

    assertThat(all("SELECT * FROM contract.t ORDER BY a"))
        .containsExactly(
            List.of("max_partition_size_to_drop", "0", 1L),
            List.of("max_table_size_to_drop", "0", 1L));
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
}
