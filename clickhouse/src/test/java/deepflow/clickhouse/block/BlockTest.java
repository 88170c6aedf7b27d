package deepflow.clickhouse.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class BlockTest {
  private final Block block = new Block();

  private byte[] written() {
    var bytes = new ByteArrayOutputStream();
    block.writeTo(bytes::write);
    return bytes.toByteArray();
  }

  @Test
  void writesTheHeaderThenEachColumn() {
    block.add("n", new ShortColumn("UInt16")).append(0x0102);
    block.add("s", new StringColumn()).append("hi");

    assertThat(HexFormat.ofDelimiter(" ").formatHex(written()))
        .isEqualTo("02 01 01 6e 06 55 49 6e 74 31 36 02 01 01 73 06 53 74 72 69 6e 67 02 68 69");
  }

  @Test
  void writesADictionaryWithNarrowIndexes() {
    LowCardinalityColumn column = block.add("l", new LowCardinalityColumn());
    column.append("b");
    column.append("");
    column.append("b");

    assertThat(HexFormat.of().formatHex(written()))
        .endsWith(
            "0100000000000000" // version
                + "0006000000000000" // own keys, one byte an index
                + "0200000000000000" // keys
                + "016200"
                + "0300000000000000" // rows
                + "000100");
  }

  @Test
  void writesNarrowIndexesOfMoreRowsThanAChunkHas() {
    LowCardinalityColumn column = block.add("l", new LowCardinalityColumn());
    int rows = ByteBuilder.CHUNK_BYTES / Integer.BYTES + 3;
    for (int row = 0; row < rows; row++) {
      column.append("key" + row % 200);
    }

    byte[] written = written();
    for (int row = 0; row < rows; row++) {
      assertThat(written[written.length - rows + row]).isEqualTo((byte) (row % 200));
    }
  }

  @Test
  void writesNothingWithoutRows() {
    block.add("l", new LowCardinalityColumn());
    assertThat(written()).isEmpty();
  }

  @Test
  void knowsItsSizeBeforeItIsWritten() {
    var map = block.add("m", new MapColumn<>(new LowCardinalityColumn(), new StringColumn()));
    var maybe = block.add("o", new NullableColumn<>(new DoubleColumn("Float64")));
    for (int row = 0; row < 1000; row++) {
      map.keys().append("key" + row % 300);
      map.values().append("value");
      map.endRow();
      maybe.present().append(row);
    }
    int headersAndPrefix = written().length - (int) block.bytes();

    assertThat(block.rows()).isEqualTo(1000);
    assertThat(headersAndPrefix).isBetween(1, 100);
    block.clear();
    assertThat(block.bytes()).isZero();
    assertThat(block.rows()).isZero();
  }

  @Test
  void refusesColumnsOfDifferentLengths() {
    block.add("a", new LongColumn("Int64")).append(1);
    block.add("b", new LongColumn("Int64"));

    assertThat(block.rows()).isZero();
    assertThatThrownBy(this::written)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("1 rows instead of 0 in Int64");
  }

  @Test
  void refusesAKeyWithoutAValue() {
    var map = block.add("m", new MapColumn<>(new LowCardinalityColumn(), new StringColumn()));
    map.keys().append("key");
    map.endRow();

    assertThatThrownBy(this::written)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("0 rows instead of 1 in String");
  }

  @Test
  void refusesAnElementThatBelongsToNoRow() {
    var array = block.add("a", new ArrayColumn<>(new LongColumn("Int64")));
    array.endRow();
    array.elements().append(1);

    assertThatThrownBy(this::written).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesTwoColumnsOfOneName() {
    block.add("a", new LongColumn("Int64"));
    assertThatThrownBy(() -> block.add("a", new StringColumn()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesAValueOfTheWrongWidth() {
    assertThatThrownBy(() -> FixedBytesColumn.fixedString(16).append(new byte[15]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("15 bytes for FixedString(16)");
  }
}
