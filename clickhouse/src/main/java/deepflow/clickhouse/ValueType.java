package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// How a value of a ClickHouse type lies in RowBinary. What each becomes in Java stands at [Rows].
///
/// Source: ClickHouse documentation, "RowBinary format", and `src/DataTypes/Serializations` at
/// 26.7.
sealed interface ValueType {
  long NANOS = 1_000_000_000;

  /// Goes past a value.
  void skip(RowBytes in);

  @Nullable Object read(RowBytes in);

  default boolean isNull(RowBytes in) {
    return false;
  }

  default long readLong(RowBytes in) {
    throw new IllegalStateException("no integer: " + this);
  }

  default double readDouble(RowBytes in) {
    return readLong(in);
  }

  default byte[] readBytes(RowBytes in) {
    throw new IllegalStateException("no bytes: " + this);
  }

  default String readString(RowBytes in) {
    return String.valueOf(read(in));
  }

  /// Integers of up to 64 bits.
  record Whole(int width, boolean signed) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      in.skip(width);
    }

    @Override
    public long readLong(RowBytes in) {
      return switch (width) {
        case 1 -> signed ? in.readByte() : in.readByte() & 0xFF;
        case 2 -> signed ? in.readShort() : in.readShort() & 0xFFFF;
        case 4 -> signed ? in.readInt() : in.readInt() & 0xFFFFFFFFL;
        default -> in.readLong();
      };
    }

    @Override
    public double readDouble(RowBytes in) {
      return ((Number) read(in)).doubleValue();
    }

    @Override
    public Object read(RowBytes in) {
      long value = readLong(in);
      boolean fits = signed || value >= 0;
      return fits ? (Object) value : new BigInteger(Long.toUnsignedString(value));
    }
  }

  /// Integers of 128 and 256 bits.
  record Wide(int width, boolean signed) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      in.skip(width);
    }

    @Override
    public double readDouble(RowBytes in) {
      return in.readInteger(width, signed).doubleValue();
    }

    @Override
    public Object read(RowBytes in) {
      return in.readInteger(width, signed);
    }
  }

  /// Float32, Float64 and BFloat16, whose 16 bits are the upper half of a Float32.
  record Floating(int width) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      in.skip(width);
    }

    @Override
    public double readDouble(RowBytes in) {
      return switch (width) {
        case 2 -> Float.intBitsToFloat(in.readShort() << 16);
        case 4 -> Float.intBitsToFloat(in.readInt());
        default -> Double.longBitsToDouble(in.readLong());
      };
    }

    @Override
    public Object read(RowBytes in) {
      return readDouble(in);
    }
  }

  record Bool() implements ValueType {
    @Override
    public void skip(RowBytes in) {
      in.skip(1);
    }

    @Override
    public long readLong(RowBytes in) {
      return in.readByte();
    }

    @Override
    public Object read(RowBytes in) {
      return readLong(in) != 0;
    }
  }

  record Decimal(int width, int scale) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      in.skip(width);
    }

    @Override
    public double readDouble(RowBytes in) {
      return ((BigDecimal) read(in)).doubleValue();
    }

    @Override
    public Object read(RowBytes in) {
      return new BigDecimal(in.readInteger(width, true), scale);
    }

    @Override
    public String readString(RowBytes in) {
      return ((BigDecimal) read(in)).toPlainString();
    }
  }

  /// String, and FixedString of a known width.
  record Text(int width) implements ValueType {
    static final int ANY = -1;

    /// What Java puts in the place of malformed bytes; it can also stand in a text by itself.
    private static final char REPLACEMENT = '\uFFFD';

    @Override
    public void skip(RowBytes in) {
      in.skip(width == ANY ? in.readVarint() : width);
    }

    @Override
    public byte[] readBytes(RowBytes in) {
      return in.readBytes(width == ANY ? in.readVarint() : width);
    }

    @Override
    public String readString(RowBytes in) {
      return new String(readBytes(in), UTF_8);
    }

    @Override
    public Object read(RowBytes in) {
      byte[] bytes = readBytes(in);
      if (width != ANY) {
        return bytes;
      }
      String text = new String(bytes, UTF_8);
      boolean lossless =
          text.indexOf(REPLACEMENT) < 0 || Arrays.equals(text.getBytes(UTF_8), bytes);
      return lossless ? text : bytes;
    }
  }

  /// Days since 1970-01-01.
  record Date(Whole days) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      days.skip(in);
    }

    @Override
    public long readLong(RowBytes in) {
      return days.readLong(in);
    }

    @Override
    public Object read(RowBytes in) {
      return LocalDate.ofEpochDay(readLong(in));
    }
  }

  /// Ticks of 10^-scale seconds since 1970-01-01, or of a duration.
  record Ticks(Whole ticks, int scale, boolean sinceEpoch) implements ValueType {
    private static final long[] POWERS = {
      1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, NANOS
    };

    @Override
    public void skip(RowBytes in) {
      ticks.skip(in);
    }

    @Override
    public long readLong(RowBytes in) {
      return ticks.readLong(in);
    }

    @Override
    public Object read(RowBytes in) {
      long value = readLong(in);
      long perSecond = POWERS[scale];
      long seconds = Math.floorDiv(value, perSecond);
      long nanos = Math.floorMod(value, perSecond) * (NANOS / perSecond);
      return sinceEpoch
          ? Instant.ofEpochSecond(seconds, nanos)
          : Duration.ofSeconds(seconds, nanos);
    }
  }

  /// IPv4 is a little endian integer, IPv6 lies as on the wire.
  record Address(int width) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      in.skip(width);
    }

    @Override
    public long readLong(RowBytes in) {
      if (width != Integer.BYTES) {
        return ValueType.super.readLong(in);
      }
      return in.readInt() & 0xFFFFFFFFL;
    }

    @Override
    public byte[] readBytes(RowBytes in) {
      return width == Integer.BYTES
          ? ByteBuffer.allocate(Integer.BYTES).putInt(in.readInt()).array()
          : in.readBytes(width);
    }

    @Override
    public Object read(RowBytes in) {
      try {
        return InetAddress.getByAddress(readBytes(in));
      } catch (UnknownHostException e) {
        throw new IllegalStateException("an address of %s bytes".formatted(width), e);
      }
    }

    @Override
    public String readString(RowBytes in) {
      return ((InetAddress) read(in)).getHostAddress();
    }
  }

  /// Two little endian halves, the first one first.
  record Uuid() implements ValueType {
    @Override
    public void skip(RowBytes in) {
      in.skip(2 * Long.BYTES);
    }

    @Override
    public Object read(RowBytes in) {
      long first = in.readLong();
      return new UUID(first, in.readLong());
    }
  }

  record Enumeration(Whole number, Map<Long, String> names) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      number.skip(in);
    }

    @Override
    public long readLong(RowBytes in) {
      return number.readLong(in);
    }

    @Override
    public Object read(RowBytes in) {
      long value = readLong(in);
      String name = names.get(value);
      return name == null ? Long.toString(value) : name;
    }
  }

  /// Has no bytes; it stands in `Nullable(Nothing)` and `Array(Nothing)`.
  record Nothing() implements ValueType {
    @Override
    public void skip(RowBytes in) {}

    @Override
    public boolean isNull(RowBytes in) {
      return true;
    }

    @Override
    public @Nullable Object read(RowBytes in) {
      return null;
    }
  }

  /// A byte that is 1 for NULL, else the value follows.
  record Maybe(ValueType type) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      if (in.readByte() == 0) {
        type.skip(in);
      }
    }

    @Override
    public boolean isNull(RowBytes in) {
      return in.readByte() != 0;
    }

    @Override
    public @Nullable Object read(RowBytes in) {
      return in.readByte() == 0 ? type.read(in) : null;
    }

    @Override
    public long readLong(RowBytes in) {
      return present(in).readLong(in);
    }

    @Override
    public double readDouble(RowBytes in) {
      return present(in).readDouble(in);
    }

    @Override
    public byte[] readBytes(RowBytes in) {
      return present(in).readBytes(in);
    }

    @Override
    public String readString(RowBytes in) {
      return present(in).readString(in);
    }

    private ValueType present(RowBytes in) {
      if (in.readByte() != 0) {
        throw new IllegalStateException("the value is NULL");
      }
      return type;
    }
  }

  /// A varint count, then the elements.
  record Listed(ValueType element) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      for (int left = in.readVarint(); left > 0; left--) {
        element.skip(in);
      }
    }

    @Override
    public Object read(RowBytes in) {
      int count = in.readVarint();
      List<@Nullable Object> list = new ArrayList<>(Math.min(count, 1024));
      for (int i = 0; i < count; i++) {
        list.add(element.read(in));
      }
      return Collections.unmodifiableList(list);
    }
  }

  /// A varint count, then key and value in turn.
  record Mapped(ValueType key, ValueType value) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      for (int left = in.readVarint(); left > 0; left--) {
        key.skip(in);
        value.skip(in);
      }
    }

    @Override
    public Object read(RowBytes in) {
      int count = in.readVarint();
      List<@Nullable Object> keys = new ArrayList<>(Math.min(count, 1024));
      List<@Nullable Object> values = new ArrayList<>(Math.min(count, 1024));
      for (int i = 0; i < count; i++) {
        keys.add(key.read(in));
        values.add(value.read(in));
      }
      return new MapValue(Collections.unmodifiableList(keys), Collections.unmodifiableList(values));
    }
  }

  /// The elements, one after the other.
  record Tupled(List<ValueType> elements) implements ValueType {
    @Override
    public void skip(RowBytes in) {
      elements.forEach(element -> element.skip(in));
    }

    @Override
    public Object read(RowBytes in) {
      List<@Nullable Object> list = new ArrayList<>(elements.size());
      for (ValueType element : elements) {
        list.add(element.read(in));
      }
      return Collections.unmodifiableList(list);
    }
  }
}
