package deepflow.clickhouse;

import deepflow.clickhouse.block.ArrayColumn;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.MapColumn;
import deepflow.clickhouse.block.NullableColumn;
import deepflow.clickhouse.block.StringColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Random rows of a table with nested columns, as a block and as what a query must give for them.
final class NestedRows {
  private final Block block = new Block();
  private final LongColumn number = block.add("a", new LongColumn("UInt64"));
  private final MapColumn<LowCardinalityColumn, StringColumn> map =
      block.add("m", new MapColumn<>(new LowCardinalityColumn(), new StringColumn()));
  private final ArrayColumn<MapColumn<LowCardinalityColumn, StringColumn>> maps =
      block.add(
          "e", new ArrayColumn<>(new MapColumn<>(new LowCardinalityColumn(), new StringColumn())));
  private final ArrayColumn<LongColumn> times =
      block.add("t", new ArrayColumn<>(new LongColumn("UInt64")));
  private final ArrayColumn<LowCardinalityColumn> names =
      block.add("n", new ArrayColumn<>(new LowCardinalityColumn()));
  private final ArrayColumn<NullableColumn<IntColumn>> numbers =
      block.add("x", new ArrayColumn<>(new NullableColumn<>(new IntColumn("Int32"))));

  Block block() {
    return block;
  }

  /// Appends a row and gives what it reads like.
  List<@Nullable Object> append(long row, Random random) {
    number.append(row);
    return List.of(
        row,
        appendMap(map, random),
        appendMaps(random),
        appendTimes(random),
        appendNames(random),
        appendNumbers(random));
  }

  private static MapValue appendMap(
      MapColumn<LowCardinalityColumn, StringColumn> column, Random random) {
    List<@Nullable Object> keys = new ArrayList<>();
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      String key = "key." + random.nextInt(300);
      String value = "v".repeat(random.nextInt(200));
      column.keys().append(key);
      column.values().append(value);
      keys.add(key);
      values.add(value);
    }
    column.endRow();
    return new MapValue(keys, values);
  }

  private List<MapValue> appendMaps(Random random) {
    List<MapValue> expected = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      expected.add(appendMap(maps.elements(), random));
    }
    maps.endRow();
    return expected;
  }

  private List<Long> appendTimes(Random random) {
    List<Long> expected = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      long time = random.nextLong(Long.MAX_VALUE);
      times.elements().append(time);
      expected.add(time);
    }
    times.endRow();
    return expected;
  }

  private List<String> appendNames(Random random) {
    List<String> expected = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      String name = "name " + random.nextInt(1000);
      names.elements().append(name);
      expected.add(name);
    }
    names.endRow();
    return expected;
  }

  private List<@Nullable Object> appendNumbers(Random random) {
    List<@Nullable Object> expected = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      if (random.nextBoolean()) {
        numbers.elements().appendDefault();
        expected.add(null);
      } else {
        int value = random.nextInt();
        numbers.elements().present().append(value);
        expected.add((long) value);
      }
    }
    numbers.endRow();
    return expected;
  }
}
