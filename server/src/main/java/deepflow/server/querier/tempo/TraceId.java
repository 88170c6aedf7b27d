package deepflow.server.querier.tempo;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/// A trace's 16 bytes.
///
/// @param hex 32 lower-case digits
public record TraceId(String hex) {

  /// Reads 1 to 32 hex digits in either case; fewer than 32 stand for leading zeros.
  ///
  /// @return nothing when it is none
  public static Optional<TraceId> of(String text) {
    if (text.isEmpty() || text.length() > 32 || !isHex(text)) {
      return Optional.empty();
    }
    return Optional.of(new TraceId("0".repeat(32 - text.length()) + text.toLowerCase(Locale.ROOT)));
  }

  private static boolean isHex(String text) {
    return text.chars().allMatch(c -> c < 128 && HexFormat.isHexDigit(c));
  }

  /// The 16 bytes.
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }
}
