package deepflow.wire.frame;

import org.jspecify.annotations.Nullable;

/// How everything after a frame's header is compressed, as one piece. Our own messages are always
/// [#RAW]: a batch brings its own compression, which outlives the frame.
public enum FrameEncoding {
  RAW(0),
  ZLIB(1),
  GZIP(2),
  ZSTD(3);

  private final int code;

  FrameEncoding(int code) {
    this.code = code;
  }

  /// The byte on the wire.
  int code() {
    return code;
  }

  /// The encoding of a code, or null when we know none.
  static @Nullable FrameEncoding of(int code) {
    return switch (code) {
      case 0 -> RAW;
      case 1 -> ZLIB;
      case 2 -> GZIP;
      case 3 -> ZSTD;
      default -> null;
    };
  }
}
