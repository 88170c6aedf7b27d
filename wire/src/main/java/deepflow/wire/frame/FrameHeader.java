package deepflow.wire.frame;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The first 19 bytes of a frame.
///
/// | offset | bytes | order | field |
/// |-------:|------:|-------|-------|
/// | 0 | 4 | big | frame size in bytes, these 4 included |
/// | 4 | 1 | – | [MessageType] code |
/// | 5 | 2 | little | version, 0x8000 |
/// | 7 | 1 | – | [FrameEncoding] code |
/// | 8 | 4 | little | team id, u32 |
/// | 12 | 2 | little | organisation id, u16 |
/// | 14 | 2 | – | reserved, zero |
/// | 16 | 2 | little | agent id, u16; 0 is an agent that has not registered |
/// | 18 | 1 | – | reserved, zero |
///
/// When the version is not 0x8000 the header is the older one: version u32 at 5, team id u32 at 9,
/// organisation id u32 at 13, agent id u16 at 17, no encoding (raw). Of it DeepFlow's server
/// believes only the agent id, and so do we: team and organisation are 1.
///
/// Source: DeepFlow `server/libs/datatype/droplet-message.go` and
/// `agent/src/sender/uniform_sender.rs`, 2026-06.
///
/// @param type what the payload is
/// @param encoding how the payload is compressed
/// @param teamId u32, as its int
/// @param organisationId u16
/// @param agentId u16
public record FrameHeader(
    MessageType type, FrameEncoding encoding, int teamId, int organisationId, int agentId) {
  /// Size of a header.
  public static final int BYTES = 19;

  private static final int VERSION = 0x8000;
  private static final int DEFAULT_TEAM = 1;
  private static final int DEFAULT_ORGANISATION = 1;

  public FrameHeader {
    requireNonNull(type, "type");
    requireNonNull(encoding, "encoding");
    if ((organisationId & 0xFFFF) != organisationId || (agentId & 0xFFFF) != agentId) {
      throw new IllegalArgumentException(
          "organisation %s or agent %s is not a u16".formatted(organisationId, agentId));
    }
  }

  /// The header of one of our own messages.
  static FrameHeader of(MessageType type) {
    return new FrameHeader(
        type, FrameEncoding.RAW, DEFAULT_TEAM, DEFAULT_ORGANISATION, /* agentId= */ 0);
  }

  /// Writes this header for a payload of `payloadBytes`; advances `target` by [#BYTES].
  public void writeTo(ByteBuffer target, int payloadBytes) {
    target.order(ByteOrder.BIG_ENDIAN).putInt(Math.addExact(BYTES, payloadBytes));
    target.order(ByteOrder.LITTLE_ENDIAN);
    target.put((byte) type.code());
    target.putShort((short) VERSION);
    target.put((byte) encoding.code());
    target.putInt(teamId);
    target.putShort((short) organisationId);
    target.putShort((short) 0);
    target.putShort((short) agentId);
    target.put((byte) 0);
  }

  /// Reads what follows the frame size at `start`, which the caller has checked.
  static FrameHeader read(ByteBuffer source, int start) throws MalformedFrameException {
    ByteBuffer little = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    MessageType type = MessageType.of(little.get(start + 4));
    if (type == null) {
      throw new MalformedFrameException(
          "unknown message type %s".formatted(little.get(start + 4) & 0xFF), start + 4L);
    }
    if ((little.getShort(start + 5) & 0xFFFF) != VERSION) {
      return new FrameHeader(
          type,
          FrameEncoding.RAW,
          DEFAULT_TEAM,
          DEFAULT_ORGANISATION,
          little.getShort(start + 17) & 0xFFFF);
    }
    FrameEncoding encoding = FrameEncoding.of(little.get(start + 7));
    if (encoding == null) {
      throw new MalformedFrameException(
          "unknown encoder %s".formatted(little.get(start + 7) & 0xFF), start + 7L);
    }
    return new FrameHeader(
        type,
        encoding,
        little.getInt(start + 8),
        little.getShort(start + 12) & 0xFFFF,
        little.getShort(start + 16) & 0xFFFF);
  }
}
