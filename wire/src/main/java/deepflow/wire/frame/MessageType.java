package deepflow.wire.frame;

import org.jspecify.annotations.Nullable;

/// What a frame carries. The codes below 200 are DeepFlow's (`MessageType` in
/// `server/libs/datatype/droplet-message.go`, 2026-06); those above are ours and unknown to it.
public enum MessageType {
  METRICS(3),
  /// Messages of serialized `TracesData`.
  OPENTELEMETRY(6),
  /// The same, each message a zlib stream of its own.
  OPENTELEMETRY_COMPRESSED(11),
  SKYWALKING(19),
  DATADOG(20),
  HELLO(208),
  WELCOME(209),
  BATCH(210),
  ACKNOWLEDGEMENT(211),
  REFUSAL(212),
  REPORT(213);

  private static final @Nullable MessageType[] BY_CODE = new @Nullable MessageType[256];

  static {
    for (MessageType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;

  MessageType(int code) {
    this.code = code;
  }

  /// The byte on the wire, 0 to 255.
  public int code() {
    return code;
  }

  /// The type of a code, or null when we know none.
  static @Nullable MessageType of(int code) {
    return BY_CODE[code & 0xFF];
  }
}
