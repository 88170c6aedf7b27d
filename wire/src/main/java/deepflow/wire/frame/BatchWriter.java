package deepflow.wire.frame;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Seals entries into the payload of a BATCH frame. [BatchReader] has the layout of an entry.
///
/// Reusable, off the heap, and without garbage for each entry. For one thread.
public final class BatchWriter implements AutoCloseable {
  /// The fastest level: on spans, higher ones cost more CPU time than the bytes are worth.
  private static final int ZSTD_LEVEL = 1;

  /// 8,192 places instead of 16,384, which with what is compressed don't fit into a processor's
  /// first cache: an eighth faster, for 2 % more bytes.
  private static final int ZSTD_HASH_LOG = 13;

  private static final int INITIAL_BYTES = 256 << 10;
  private static final int RETAINED_BYTES_MAX = 16 << 20;

  private final CRC32C crc = new CRC32C();
  private ByteBuffer entries = allocate(INITIAL_BYTES);
  private ByteBuffer payload = allocate(INITIAL_BYTES);
  private @Nullable ZstdCompressCtx zstd;

  /// Bytes that an entry takes before compression.
  public static long entryBytes(int requestBytes, int bitmapBytes) {
    return (long) BatchReader.FIXED_BYTES
        + BatchReader.ADDRESS_BYTES_MAX
        + bitmapBytes
        + requestBytes;
  }

  /// Loads the compressor, which takes a process 0.2 s once; else the first [#seal] does. For any
  /// thread.
  public static void load() {
    new ZstdCompressCtx().close();
  }

  private ZstdCompressCtx zstd() {
    ZstdCompressCtx known = zstd;
    if (known == null) {
      known = new ZstdCompressCtx().setLevel(ZSTD_LEVEL).setHashLog(ZSTD_HASH_LOG);
      zstd = known;
    }
    return known;
  }

  /// Adds one entry.
  ///
  /// @param receivedNanos when the agent took it, ns since 1970-01-01 UTC
  /// @param sender peer address, or null
  /// @param hostIpAdded bitmap of at most 65,535 bytes, see [BatchReader]
  public void append(
      byte[] request,
      int offset,
      int length,
      long receivedNanos,
      @Nullable InetAddress sender,
      byte[] hostIpAdded) {
    byte[] address = sender == null ? new byte[0] : sender.getAddress();
    int entryBytes =
        BatchReader.FIXED_BYTES + address.length + hostIpAdded.length + length - Integer.BYTES;
    entries = withRoom(entries, Integer.BYTES + entryBytes);
    entries.putInt(entryBytes);
    entries.putLong(receivedNanos);
    entries.put((byte) address.length).put(address);
    entries.putShort((short) hostIpAdded.length).put(hostIpAdded);
    entries.put(request, offset, length);
  }

  /// Bytes of all entries before compression.
  public int bytes() {
    return entries.position();
  }

  /// Compresses the entries and numbers the batch.
  ///
  /// @return the payload of a BATCH frame, off the heap; dies at the next [#seal] or [#clear]
  public ByteBuffer seal(long number) {
    int bound = Math.toIntExact(Zstd.compressBound(entries.position()));
    payload.clear();
    payload = withRoom(payload, LinkMessage.Batch.FIXED_BYTES + bound);
    int zstdBytes =
        zstd()
            .compressDirectByteBuffer(
                payload, LinkMessage.Batch.FIXED_BYTES, bound, entries, 0, entries.position());
    payload.limit(LinkMessage.Batch.FIXED_BYTES + zstdBytes);
    crc.reset();
    crc.update(payload.duplicate().position(LinkMessage.Batch.FIXED_BYTES));
    payload.putLong(0, number).putInt(Long.BYTES, (int) crc.getValue());
    return payload.asReadOnlyBuffer();
  }

  /// Forgets the entries, and gives memory back when they were unusually large.
  public void clear() {
    entries = cleared(entries);
    payload = cleared(payload);
  }

  @Override
  public void close() {
    ZstdCompressCtx loaded = zstd;
    if (loaded != null) {
      loaded.close();
    }
  }

  private static ByteBuffer cleared(ByteBuffer buffer) {
    return buffer.capacity() > RETAINED_BYTES_MAX ? allocate(INITIAL_BYTES) : buffer.clear();
  }

  private static ByteBuffer withRoom(ByteBuffer buffer, int bytes) {
    if (buffer.remaining() >= bytes) {
      return buffer;
    }
    long needed = (long) buffer.position() + bytes;
    int grown =
        Math.toIntExact(Math.max(needed, Math.min(2L * buffer.capacity(), RETAINED_BYTES_MAX)));
    return allocate(grown).put(buffer.flip());
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
