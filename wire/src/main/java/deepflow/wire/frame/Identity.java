package deepflow.wire.frame;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// 128 random bits that name a queue directory or a store for ever. Written as 16 bytes in the
/// order of its 32 hexadecimal digits.
///
/// @param high the first 8 bytes, big endian
/// @param low the last 8 bytes, big endian
public record Identity(long high, long low) {
  /// Size on the wire.
  public static final int BYTES = 16;

  private static final int HEX_DIGITS = 2 * BYTES;

  /// A new one. `random` must be a good source: two equal identities would lose data.
  public static Identity random(RandomGenerator random) {
    return new Identity(random.nextLong(), random.nextLong());
  }

  /// The identity that stands for a DeepFlow agent, which has only a number.
  public static Identity ofDeepFlowAgent(int agentId) {
    return new Identity(0, agentId);
  }

  /// The identity that [#toString] wrote.
  ///
  /// @param hex exactly 32 hexadecimal digits
  /// @throws IllegalArgumentException when it is anything else
  public static Identity parse(String hex) {
    if (hex.length() != HEX_DIGITS) {
      throw new IllegalArgumentException(
          "identity has %s digits instead of %s".formatted(hex.length(), HEX_DIGITS));
    }
    return read(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
  }

  /// Takes the next 16 bytes of `source`, whose order is left alone.
  public static Identity read(ByteBuffer source) {
    ByteBuffer big = source.slice().order(ByteOrder.BIG_ENDIAN);
    source.position(source.position() + BYTES);
    return new Identity(big.getLong(0), big.getLong(Long.BYTES));
  }

  /// Puts 16 bytes into `target`, whose order is left alone.
  public void writeTo(ByteBuffer target) {
    target.put(bytes());
  }

  public byte[] bytes() {
    return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
  }

  /// 32 hexadecimal digits.
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes());
  }
}
