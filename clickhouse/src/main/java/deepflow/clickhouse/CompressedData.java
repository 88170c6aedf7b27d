package deepflow.clickhouse;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A block's Native bytes as one zstd frame: about a tenth of them, so all of it is made before
/// anything is sent, and a block that is broken reaches no server.
final class CompressedData extends OutputStream {
  /// As zstd says of itself: fastest.
  private static final int LEVEL = 1;

  private static final int PIECE_BYTES = 1 << 18;

  private final List<byte[]> pieces = new ArrayList<>();
  private long length;

  private CompressedData() {}

  static CompressedData of(NativeData data) throws ClickHouseException {
    var compressed = new CompressedData();
    try (var zstd = new ZstdOutputStreamNoFinalizer(compressed, LEVEL)) {
      zstd.setChecksum(true);
      var buffered = new java.io.BufferedOutputStream(zstd, PIECE_BYTES);
      data.writeTo((source, offset, count) -> write(buffered, source, offset, count));
      buffered.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return compressed;
  }

  private static void write(OutputStream out, byte[] source, int offset, int count) {
    try {
      out.write(source, offset, count);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int count) {
    pieces.add(Arrays.copyOfRange(source, offset, offset + count));
    length += count;
  }

  List<byte[]> pieces() {
    return pieces;
  }

  long length() {
    return length;
  }
}
