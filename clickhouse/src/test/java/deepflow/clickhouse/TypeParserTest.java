package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ValueType.Whole;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TypeParserTest {

  @Test
  void readsNamesOfElementsWithBracketsCommasAndQuotes() {
    assertThat(TypeParser.parse("Tuple(`a, (b\\` c` UInt8, UInt16, `x` Array(Int32))"))
        .isEqualTo(
            new ValueType.Tupled(
                List.of(
                    new Whole(1, false),
                    new Whole(2, false),
                    new ValueType.Listed(new Whole(4, true)))));
  }

  @Test
  void readsNamesOfEnumsWithEveryOddCharacter() {
    assertThat(TypeParser.parse("Enum8('a\\'b' = 1, 'c, (d) = 2' = -2, '\\\\' = 3)"))
        .isEqualTo(
            new ValueType.Enumeration(
                new Whole(1, true), Map.of(1L, "a'b", -2L, "c, (d) = 2", 3L, "\\")));
  }

  @Test
  void readsNamesOfEnumsWithControlCharactersAsClickHouseEscapesThem() {
    assertThat(TypeParser.parse("Enum8('a\\tb\\nc\\0001' = 1, '\\b\\f\\r' = 2, '\\\\n$1' = 3)"))
        .isEqualTo(
            new ValueType.Enumeration(
                new Whole(1, true), Map.of(1L, "a\tb\nc\0" + "001", 2L, "\b\f\r", 3L, "\\n$1")));
  }

  @Test
  void looksThroughLowCardinality() {
    assertThat(TypeParser.parse("LowCardinality(Nullable(FixedString(4)))"))
        .isEqualTo(new ValueType.Maybe(new ValueType.Text(4)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "JSON",
        "Dynamic",
        "Variant(String, UInt8)",
        "AggregateFunction(sum, UInt64)",
        "Int7",
        "Int",
        "UInt",
        "FixedString(-1)",
        "FixedString(99999999999)",
        "DateTime64(10)",
        "Array(",
        "Array(Int8",
        "Array()",
        "int8",
      })
  void refusesTypesWhoseValuesCannotBeRead(String type) {
    assertThatThrownBy(() -> TypeParser.parse(type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("can't be read");
  }
}
