package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProtobufCursorTest {
  @Test
  void readsVarintsAsProtobufDoes() throws Exception {
    long seed = RandomOtlp.seed();
    Random random = new Random(seed);
    byte[] bytes = new byte[12];
    for (int i = 0; i < 100_000; i++) {
      random.nextBytes(bytes);
      bytes[9] &= 0x7F; // protobuf-java overlooks that a tenth byte asks for an eleventh
      int length = random.nextInt(bytes.length + 1);
      String about = "tests.seed=%d %s".formatted(seed, HexFormat.of().formatHex(bytes, 0, length));
      ProtobufCursor cursor = new ProtobufCursor(bytes, 0, length);
      CodedInputStream theirs = CodedInputStream.newInstance(bytes, 0, length);
      try {
        long expected = theirs.readRawVarint64();
        assertThat(cursor.readVarint()).as(about).isEqualTo(expected);
        assertThat(cursor.position()).as(about).isEqualTo(theirs.getTotalBytesRead());
      } catch (IOException e) {
        assertThatThrownBy(cursor::readVarint)
            .as(about)
            .isInstanceOf(MalformedProtobufException.class);
      }
    }
  }

  @Test
  void refusesAVarintOfElevenBytes() {
    assertThatThrownBy(() -> cursor("ff ff ff ff ff ff ff ff ff ff 01").cursor().readVarint())
        .hasMessage("varint is longer than 10 bytes at byte 0");
  }

  @Test
  void refusesALengthBeyondTheEnd() {
    assertThatThrownBy(() -> cursor("00 05 01").advanceThenReadLength())
        .hasMessage("length 5 is beyond the end at byte 1");
    assertThatThrownBy(() -> cursor("00 ff ff ff ff ff ff ff ff ff 01").advanceThenReadLength())
        .hasMessage("length 18446744073709551615 is beyond the end at byte 1");
  }

  @Test
  void neverReadsBeyondTheInnerMessage() throws Exception {
    ProtobufCursor cursor = cursor("01 02 03 04 05 06 07 08 09").cursor();
    int outer = cursor.enter(3);

    assertThatThrownBy(cursor::readFixed64).hasMessage("field is cut off at byte 0");
    cursor.advance(3);
    assertThat(cursor.hasMore()).isFalse();
    assertThatThrownBy(cursor::readVarint).hasMessage("varint is cut off at byte 3");
    cursor.leave(outer);
    assertThat(cursor.readVarint()).isEqualTo(4);
  }

  @Test
  void refusesTagsThatNoFieldCanHave() {
    for (String hex : new String[] {"00", "07", "80 00", "88 80 80 80 10", "80 80 80 80 80 01"}) {
      assertThatThrownBy(() -> cursor(hex).cursor().readTag())
          .as(hex)
          .hasMessage("no valid field number at byte 0");
    }
  }

  @Test
  void skipsGroupsAndRefusesBrokenOnes() throws Exception {
    ProtobufCursor cursor = cursor("0b 10 01 1b 1c 0c 05").cursor();
    cursor.skip(cursor.readTag());

    assertThat(cursor.position()).isEqualTo(6);
    for (String hex : new String[] {"0b 14", "0c", "0b 10", "0e", "0b ".repeat(65) + "0c"}) {
      ProtobufCursor broken = cursor(hex).cursor();
      assertThatThrownBy(() -> broken.skip(broken.readTag()))
          .as(hex)
          .isInstanceOf(MalformedProtobufException.class);
    }
  }

  private static Bytes cursor(String hex) {
    return new Bytes(HexFormat.ofDelimiter(" ").parseHex(hex));
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Bytes(byte[] bytes) {
    ProtobufCursor cursor() {
      return new ProtobufCursor(bytes, 0, bytes.length);
    }

    int advanceThenReadLength() throws MalformedProtobufException {
      ProtobufCursor cursor = cursor();
      cursor.advance(1);
      return cursor.readLength();
    }
  }
}
