package deepflow.clickhouse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The rows of an answer, one at a time, in the engine's order. For one thread at a time. Columns
/// count from 0.
///
/// | ClickHouse | [#get] gives | [#getLong] gives |
/// |---|---|---|
/// | Int8 … Int64, UInt8 … UInt32, Interval | Long | the value |
/// | UInt64 | Long, above 2^63-1 BigInteger | the 64 bits |
/// | Int128, UInt128, Int256, UInt256 | BigInteger | – |
/// | Float32, Float64, BFloat16 | Double | – |
/// | Bool | Boolean | 0 or 1 |
/// | Decimal | BigDecimal | – |
/// | String | String; byte[] when it is not valid UTF-8, so nothing is lost | – |
/// | FixedString | byte[] | – |
/// | Date, Date32 | LocalDate | days since 1970-01-01 |
/// | DateTime | Instant | seconds since 1970-01-01 |
/// | DateTime64 | Instant | ticks of its precision |
/// | Time, Time64 | Duration | seconds, ticks |
/// | IPv4, IPv6 | InetAddress (a v4-mapped one is an Inet4Address) | IPv4: the address |
/// | UUID | UUID | – |
/// | Enum8, Enum16 | String, its name | its number |
/// | Array, Tuple, Nested | List | – |
/// | Map | [MapValue] | – |
/// | Nullable, Nothing | null or as above | not when null |
///
/// LowCardinality and SimpleAggregateFunction are read as the type inside them.
public interface Rows extends AutoCloseable {

  /// Names and types, known before the first row.
  List<ColumnType> columns();

  /// Goes to the next row.
  ///
  /// @return false after the last row
  /// @throws ClickHouseException errors and timeouts may come after rows that were given already
  boolean next() throws ClickHouseException;

  /// Whether the value is NULL.
  boolean isNull(int column);

  /// The value as an integer; see the table above.
  ///
  /// @throws IllegalStateException when it is NULL or no integer
  long getLong(int column);

  /// A float or an integer as double.
  ///
  /// @throws IllegalStateException when it is NULL or no number
  double getDouble(int column);

  /// The exact bytes of a String or FixedString; of IPv6 and IPv4 the address, first byte first.
  ///
  /// @throws IllegalStateException when it is NULL or of another type
  byte[] getBytes(int column);

  /// A String or FixedString read as UTF-8 (malformed bytes replaced), an enum's name, or the text
  /// of what [#get] gives.
  ///
  /// @throws IllegalStateException when it is NULL
  String getString(int column);

  /// The value as an object; see the table above.
  @Nullable Object get(int column);

  /// Ends the query if it still runs and gives the connection back. Idempotent.
  @Override
  void close();
}
