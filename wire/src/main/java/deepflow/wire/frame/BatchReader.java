package deepflow.wire.frame;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Opens a [LinkMessage.Batch] and walks its entries, a cursor over one reused array. An entry:
///
/// | bytes | field |
/// |------:|-------|
/// | 4 | bytes of the entry that follow, u32 |
/// | 8 | received: when the agent took it, ns since 1970-01-01 UTC, u64 |
/// | 1 | bytes of the address: 0, 4 or 16 |
/// | 0, 4 or 16 | address of the sender, the peer of the agent's connection |
/// | 2 | bytes of the bitmap, u16 |
/// | as said | bitmap, lowest bit first: the agent added `app.host.ip` to the i-th ResourceSpans |
/// | rest | ExportTraceServiceRequest |
///
/// For one thread.
public final class BatchReader implements AutoCloseable {
  /// The most that a batch may hold before compression.
  public static final int BYTES_MAX = 80 << 20;

  /// Of an entry, without address, bitmap and request.
  static final int FIXED_BYTES = Integer.BYTES + Long.BYTES + 1 + Short.BYTES;

  static final int ADDRESS_BYTES_MAX = 16;
  private static final int RETAINED_BYTES_MAX = 16 << 20;

  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private final CRC32C crc = new CRC32C();
  private byte[] bytes = new byte[0];
  private ByteBuffer entries = wrap(bytes, 0);
  private long receivedNanos;
  private int addressOffset;
  private int addressLength;
  private int bitmapOffset;
  private int bitmapLength;
  private int requestOffset;
  private int requestLength;

  /// Makes `batch` the one that is read; everything of the batch before it dies.
  ///
  /// @throws MalformedFrameException when its checksum is wrong or it is no zstd frame of at most
  ///   [#BYTES_MAX]
  public void open(LinkMessage.Batch batch) throws MalformedFrameException {
    crc.reset();
    crc.update(batch.zstd().duplicate());
    if ((int) crc.getValue() != batch.crc32c()) {
      throw new MalformedFrameException(
          "batch %s has checksum %08x instead of %08x"
              .formatted(batch.number(), (int) crc.getValue(), batch.crc32c()),
          LinkMessage.Batch.FIXED_BYTES);
    }
    int size = contentBytes(batch);
    if (bytes.length < size || bytes.length > Math.max(size, RETAINED_BYTES_MAX)) {
      bytes = new byte[Math.max(size, Math.min(2 * size, RETAINED_BYTES_MAX))];
    }
    entries = wrap(bytes, 0);
    entries = wrap(bytes, unzip(batch, size));
  }

  /// Moves to the next entry; false at the end.
  ///
  /// @throws MalformedFrameException when the entry's lengths don't fit into one another
  public boolean next() throws MalformedFrameException {
    if (!entries.hasRemaining()) {
      return false;
    }
    int start = entries.position();
    require(start, FIXED_BYTES, entries.limit());
    int end = start + Integer.BYTES;
    int length = entries.getInt();
    require(end, length, entries.limit());
    end += length;
    require(start, FIXED_BYTES, end);
    receivedNanos = entries.getLong();
    addressLength = entries.get() & 0xFF;
    addressOffset = entries.position();
    require(addressOffset, addressLength + Short.BYTES, end);
    if (addressLength != 0 && addressLength != 4 && addressLength != ADDRESS_BYTES_MAX) {
      throw new MalformedFrameException("address of %s bytes".formatted(addressLength), start);
    }
    bitmapLength = entries.getShort(addressOffset + addressLength) & 0xFFFF;
    bitmapOffset = addressOffset + addressLength + Short.BYTES;
    require(bitmapOffset, bitmapLength, end);
    requestOffset = bitmapOffset + bitmapLength;
    requestLength = end - requestOffset;
    entries.position(end);
    return true;
  }

  /// Holds the current entry's request at [#requestOffset]; dies at the next [#open].
  public byte[] array() {
    return bytes;
  }

  public int requestOffset() {
    return requestOffset;
  }

  public int requestLength() {
    return requestLength;
  }

  /// When the agent took the current entry, ns since 1970-01-01 UTC.
  public long receivedNanos() {
    return receivedNanos;
  }

  /// The sender's address, of 0, 4 or 16 bytes; a copy.
  public byte[] address() {
    return Arrays.copyOfRange(bytes, addressOffset, addressOffset + addressLength);
  }

  /// Whether the agent added `app.host.ip` to the i-th ResourceSpans of the current entry.
  public boolean hostIpAdded(int resourceSpans) {
    int index = resourceSpans >>> 3;
    return index < bitmapLength && (bytes[bitmapOffset + index] >>> (resourceSpans & 7) & 1) != 0;
  }

  @Override
  public void close() {
    zstd.close();
  }

  private static int contentBytes(LinkMessage.Batch batch) throws MalformedFrameException {
    ByteBuffer source = batch.zstd();
    long size =
        !source.hasRemaining()
            ? -1 // zstd-jni would throw an exception about its array
            : source.hasArray()
                ? Zstd.getFrameContentSize(
                    source.array(), source.arrayOffset() + source.position(), source.remaining())
                : Zstd.getDirectByteBufferFrameContentSize(
                    source, source.position(), source.remaining());
    if (size < 0 || size > BYTES_MAX) {
      throw new MalformedFrameException(
          "batch %s does not say that its content has at most %s bytes"
              .formatted(batch.number(), BYTES_MAX),
          LinkMessage.Batch.FIXED_BYTES);
    }
    return (int) size;
  }

  private int unzip(LinkMessage.Batch batch, int size) throws MalformedFrameException {
    ByteBuffer source = batch.zstd();
    try {
      return source.hasArray()
          ? zstd.decompressByteArray(
              bytes,
              0,
              size,
              source.array(),
              source.arrayOffset() + source.position(),
              source.remaining())
          : zstd.decompressDirectByteBufferToByteArray(
              bytes, 0, size, source, source.position(), source.remaining());
    } catch (ZstdException broken) {
      throw new MalformedFrameException("batch %s is no zstd".formatted(batch.number()), broken);
    }
  }

  private static void require(int start, int length, int end) throws MalformedFrameException {
    if (length < 0 || length > end - start) {
      throw new MalformedFrameException(
          "entry's field of %s bytes".formatted(Integer.toUnsignedLong(length)), start);
    }
  }

  private static ByteBuffer wrap(byte[] bytes, int length) {
    return ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
