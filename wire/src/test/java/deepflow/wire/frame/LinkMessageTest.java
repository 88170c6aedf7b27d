package deepflow.wire.frame;

import static deepflow.wire.frame.Frames.frame;
import static deepflow.wire.frame.Frames.hex;
import static deepflow.wire.frame.Frames.remaining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The bytes here are the contract between versions: a change that needs one of them changed needs
/// a new protocol version.
class LinkMessageTest {
  private static final Identity IDENTITY = Identity.parse("000102030405060708090a0b0c0d0e0f");

  static Stream<Arguments> golden() {
    return Stream.of(
        golden(
            "hello",
            new LinkMessage.Hello(1, IDENTITY, 2, 3, "{}"),
            """
            00000037 d0 0080 00 01000000 0100 0000 0000 00
            0100 000102030405060708090a0b0c0d0e0f 0200000000000000 0300000000000000 7b7d
            """),
        golden(
            "welcome",
            new LinkMessage.Welcome(IDENTITY, 0x0102_0304_0506_0708L),
            """
            0000002b d1 0080 00 01000000 0100 0000 0000 00
            000102030405060708090a0b0c0d0e0f 0807060504030201
            """),
        golden(
            "batch",
            new LinkMessage.Batch(4, 0x0102_0304, ByteBuffer.wrap(hex("cafe"))),
            """
            00000021 d2 0080 00 01000000 0100 0000 0000 00
            0400000000000000 04030201 cafe
            """),
        golden(
            "acknowledgement",
            new LinkMessage.Acknowledgement(5),
            """
            0000001b d3 0080 00 01000000 0100 0000 0000 00
            0500000000000000
            """),
        golden(
            "refusal",
            new LinkMessage.Refusal("nö"),
            """
            00000016 d4 0080 00 01000000 0100 0000 0000 00
            6ec3b6
            """),
        golden(
            "welcome of a server that takes reports",
            new LinkMessage.Welcome(IDENTITY, 5, true),
            """
            0000002c d1 0080 00 01000000 0100 0000 0000 00
            000102030405060708090a0b0c0d0e0f 0500000000000000 01
            """),
        golden(
            "report",
            new LinkMessage.Report(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            """
            00000063 d5 0080 00 01000000 0100 0000 0000 00
            0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500000000000000
            0600000000000000 0700000000000000 0800000000000000 0900000000000000 0a00000000000000
            """));
  }

  private static Arguments golden(String name, LinkMessage message, String frame) {
    return Arguments.of(Named.of(name, message), hex(frame));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void isWrittenAsTheTablesSay(LinkMessage message, byte[] bytes) {
    assertThat(remaining(message.toFrame())).isEqualTo(bytes);
  }

  @ParameterizedTest
  @MethodSource("golden")
  void isReadAsItWasWritten(LinkMessage message, byte[] bytes) throws Exception {
    assertThat(LinkMessage.of(frame(bytes))).isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("golden")
  void isRefusedWhenItIsTooShort(LinkMessage message, byte[] bytes) {
    int fixed =
        switch (message) {
          case LinkMessage.Hello _ -> LinkMessage.Hello.FIXED_BYTES;
          case LinkMessage.Welcome _ -> LinkMessage.Welcome.BYTES;
          case LinkMessage.Batch _ -> LinkMessage.Batch.FIXED_BYTES;
          case LinkMessage.Acknowledgement _ -> LinkMessage.Acknowledgement.BYTES;
          case LinkMessage.Refusal _ -> 0;
          case LinkMessage.Report _ -> LinkMessage.Report.BYTES;
        };
    for (int payload = 0; payload < fixed; payload++) {
      int frameBytes = FrameHeader.BYTES + payload;
      byte[] cut = Arrays.copyOf(bytes, frameBytes);
      ByteBuffer.wrap(cut).putInt(0, frameBytes);

      assertThatThrownBy(() -> LinkMessage.of(frame(cut)))
          .isInstanceOf(MalformedFrameException.class)
          .hasMessageContaining("ends before byte");
    }
  }

  @Test
  void isNeverOneOfDeepFlowsFramesNorCompressed() {
    byte[] deepflow = hex("00000013 06 0080 00 01000000 0200 0000 0302 00");
    byte[] zipped = hex("0000001b d3 0080 03 01000000 0100 0000 0000 00 0500000000000000");

    assertThatThrownBy(() -> LinkMessage.of(frame(deepflow)))
        .hasMessage("OPENTELEMETRY is no link message at byte 4");
    assertThatThrownBy(() -> LinkMessage.of(frame(zipped)))
        .hasMessage("ACKNOWLEDGEMENT frame with encoder ZSTD at byte 7");
  }

  @Test
  void namesAnIdentityByItsBytesInOrder() {
    assertThat(IDENTITY).hasToString("000102030405060708090a0b0c0d0e0f");
    assertThat(IDENTITY.bytes()).isEqualTo(hex("000102030405060708090a0b0c0d0e0f"));
    assertThatThrownBy(() -> Identity.parse("00"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("identity has 2 digits instead of 32");
  }
}
