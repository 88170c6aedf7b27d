package deepflow.wire.frame;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// One frame of the link.
///
/// @param header its first 19 bytes
/// @param payload what follows them, little endian; shares the receive buffer, so it dies at the
///   next read
public record Frame(FrameHeader header, ByteBuffer payload) {
  public Frame {
    requireNonNull(header, "header");
    payload = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  public MessageType type() {
    return header.type();
  }
}
