package deepflow.wire.frame;

import static deepflow.wire.frame.Frames.frame;
import static deepflow.wire.frame.Frames.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracesReaderTest {
  private final TracesReader reader = new TracesReader();

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '"',
      textBlock =
          """
          raw,                    0000001a 06 0080 00 01000000 0100 0000 0302 00 03000000 cafe01
          zlib encoder,           00000022 06 0080 01 01000000 0100 0000 0302 00 789c6366606038f58f1100047701cd
          gzip encoder,           0000002e 06 0080 02 01000000 0100 0000 0302 00 1f8b08000000000002036366606038f58f1100d02a84cd07000000
          zstd encoder,           00000023 06 0080 03 01000000 0100 0000 0302 00 28b52ffd2007390000 03000000cafe01
          compressed message,     00000022 0b 0080 00 01000000 0100 0000 0302 00 0b000000 789c3bf58f1100045e01ca
          older header,           0000001a 06 00133401 01000000 01000000 0302 03000000 cafe01
          older and compressed,   00000022 0b 00133401 01000000 01000000 0302 0b000000 789c3bf58f1100045e01ca
          """)
  void takesTheMessageOfAGoldenFrame(String name, String bytes) throws Exception {
    Frame frame = frame(hex(bytes));
    assertThat(frame.header().agentId()).isEqualTo(515);

    reader.open(frame);

    assertThat(reader.next()).as(name).isTrue();
    assertThat(message()).as(name).isEqualTo(hex("cafe01"));
    assertThat(reader.next()).as(name).isFalse();
  }

  @Test
  void takesEachMessageOfAFrame() throws Exception {
    reader.open(
        frame(
            hex(
                """
                00000020 06 0080 00 01000000 0100 0000 0302 00
                01000000 ca 00000000 00000000
                """)));

    assertThat(reader.next()).isTrue();
    assertThat(message()).isEqualTo(hex("ca"));
    assertThat(reader.next()).isTrue();
    assertThat(message()).isEmpty();
    assertThat(reader.next()).isTrue();
    assertThat(reader.next()).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '"',
      textBlock =
          """
          message cut off,        0000001a 06 0080 00 01000000 0100 0000 0302 00 04000000 cafe01
          length cut off,         00000016 06 0080 00 01000000 0100 0000 0302 00 040000
          negative length,        0000001a 06 0080 00 01000000 0100 0000 0302 00 ffffffff cafe01
          no zlib,                0000001a 06 0080 01 01000000 0100 0000 0302 00 03000000 cafe01
          no gzip,                0000001a 06 0080 02 01000000 0100 0000 0302 00 03000000 cafe01
          no zstd,                0000001a 06 0080 03 01000000 0100 0000 0302 00 03000000 cafe01
          zlib cut off,           0000001f 06 0080 01 01000000 0100 0000 0302 00 789c6366606038f58f110004
          zstd cut off,           0000001f 06 0080 03 01000000 0100 0000 0302 00 28b52ffd2007390000030000
          message is no zlib,     0000001a 0b 0080 00 01000000 0100 0000 0302 00 03000000 cafe01
          """)
  void refusesWhatIsBroken(String name, String bytes) {
    assertThatThrownBy(
            () -> {
              reader.open(frame(hex(bytes)));
              reader.next();
            })
        .as(name)
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void refusesABomb() throws Exception {
    byte[] zipped = zipped(TracesReader.BYTES_MAX + 1);
    ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES + zipped.length);
    new FrameHeader(MessageType.OPENTELEMETRY, FrameEncoding.ZLIB, 1, 1, 515)
        .writeTo(bytes, zipped.length);
    bytes.put(zipped);

    assertThatThrownBy(() -> reader.open(frame(bytes.array())))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessageStartingWith("zlib frame of too many bytes");
  }

  @Test
  void refusesMessagesThatAreABombTogether() throws Exception {
    byte[] zipped = zipped(TracesReader.BYTES_MAX / 2 + 1);
    ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES + 2 * (4 + zipped.length));
    new FrameHeader(MessageType.OPENTELEMETRY_COMPRESSED, FrameEncoding.RAW, 1, 1, 515)
        .writeTo(bytes, 2 * (4 + zipped.length));
    for (int i = 0; i < 2; i++) {
      bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(zipped.length).put(zipped);
    }

    reader.open(frame(bytes.array()));

    assertThat(reader.next()).isTrue();
    assertThatThrownBy(reader::next)
        .isInstanceOf(MalformedFrameException.class)
        .hasMessageStartingWith("zlib message of too many bytes");
  }

  private static byte[] zipped(int zeros) throws IOException {
    var zipped = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(zipped, new Deflater(Deflater.BEST_COMPRESSION))) {
      deflater.write(new byte[zeros]);
    }
    return zipped.toByteArray();
  }

  @Test
  void refusesFramesThatCarryNoTraces() {
    assertThatThrownBy(
            () -> reader.open(frame(hex("00000013 03 0080 00 01000000 0100 0000 0302 00"))))
        .hasMessage("METRICS carries no traces at byte 4");
  }

  private byte[] message() {
    return Arrays.copyOfRange(reader.array(), reader.offset(), reader.offset() + reader.length());
  }
}
