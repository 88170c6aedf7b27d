package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedClickHouseTest extends ClickHouseContract {
  @RegisterExtension static final ThrowAwayEngine engine = new ThrowAwayEngine();

  @Override
  ClickHouse clickHouse() {
    return engine.clickHouse();
  }

  @Override
  ClickHouse reopened() throws ClickHouseException {
    return engine.reopen();
  }

  @Test
  void compressesFreshPartsFastAndLargePartsWell() throws Exception {
    table("compressed", "a UInt64", "");
    clickHouse()
        .execute(
            Query.of(
                "INSERT INTO contract.compressed SELECT rand64(number) FROM numbers(6000000)"));
    assertThat(codecs()).isEqualTo("LZ4");
    clickHouse().execute(Query.of("OPTIMIZE TABLE contract.compressed FINAL"));
    assertThat(codecs()).isEqualTo("ZSTD(1)");
  }

  private String codecs() throws ClickHouseException {
    String codecs =
        "SELECT arrayStringConcat(groupUniqArray(default_compression_codec), ',')"
            + " FROM system.parts WHERE active AND database = 'contract' AND table = 'compressed'";
    try (Rows rows = clickHouse().query(Query.of(codecs))) {
      assertThat(rows.next()).isTrue();
      return rows.getString(0);
    }
  }

  @AfterEach
  void nothingButTheAdminIsLeft() {
    assertThat(NativeHandles.open(NativeHandles.Kind.CONNECTION)).isEqualTo(1);
    assertThat(NativeHandles.open(NativeHandles.Kind.RESULT)).isZero();
    assertThat(NativeHandles.open(NativeHandles.Kind.INSERT)).isZero();
  }
}
