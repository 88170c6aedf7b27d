package deepflow.agent.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A disk in memory that behaves as badly as disks may: it forgets what was not synced, in any
/// order and in parts of sectors, is full at any byte, fails, and flips bits. All by one seed.
final class FaultyDisk implements Disk {
  private static final int SECTOR_BYTES = 512;

  private final Random random;

  /// What the running process sees.
  private final Map<String, Content> names = new HashMap<>();

  /// What a power loss can't take any more.
  private final Map<String, Content> durableNames = new HashMap<>();

  /// Changes of names since the last sync, in order; a crash keeps any of them.
  private final List<NameChange> nameChanges = new ArrayList<>();

  private int generation;

  /// Bytes that may still be written.
  long room = Long.MAX_VALUE;

  /// Of so many syncs one fails; 0 when none does.
  int syncFailures;

  /// Of so many reads one fails; 0 when none does.
  int readFailures;

  FaultyDisk(Random random) {
    this.random = random;
  }

  private record NameChange(String name, Content content, boolean added) {}

  /// The process is killed: what it wrote is there, what it held open is closed.
  void kill() {
    generation++;
  }

  /// The power fails: only what was synced is sure to be there.
  void losePower() {
    generation++;
    for (NameChange change : nameChanges) {
      if (random.nextBoolean()) {
        if (change.added) {
          durableNames.put(change.name, change.content);
        } else {
          durableNames.remove(change.name, change.content);
        }
      }
    }
    nameChanges.clear();
    names.clear();
    names.putAll(durableNames);
    names.values().forEach(content -> content.losePower(random));
  }

  /// Flips one bit of some file that `victim` accepts; false when there is none.
  boolean flipBit(String suffix) {
    List<Content> victims =
        names.entrySet().stream()
            .filter(entry -> entry.getKey().endsWith(suffix) && entry.getValue().length > 0)
            .sorted(Map.Entry.comparingByKey())
            .map(Map.Entry::getValue)
            .toList();
    if (victims.isEmpty()) {
      return false;
    }
    Content victim = victims.get(random.nextInt(victims.size()));
    victim.flip(random.nextLong(8L * victim.length));
    return true;
  }

  /// Overwrites the bytes of a file from `offset` on, durably: damage of a chosen place.
  void damage(String name, long offset, byte[] bytes) {
    Content content = names.get(name);
    if (content == null) {
      throw new IllegalArgumentException(name);
    }
    content.write(ByteBuffer.wrap(bytes), bytes.length, offset);
    content.sync();
  }

  /// From now on no read of what is in a file now succeeds.
  void spoil(String name) {
    Content content = names.get(name);
    if (content == null) {
      throw new IllegalArgumentException(name);
    }
    content.spoiled = true;
  }

  long bytes() {
    return names.values().stream().mapToLong(content -> content.length).sum();
  }

  @Override
  public List<String> names() {
    return names.keySet().stream().sorted().toList();
  }

  @Override
  public DiskFile create(String name) throws IOException {
    if (names.containsKey(name)) {
      throw new FileAlreadyExistsException(name);
    }
    takeRoom(1);
    Content content = new Content();
    names.put(name, content);
    nameChanges.add(new NameChange(name, content, /* added= */ true));
    return new OpenFile(content, generation);
  }

  @Override
  public DiskFile open(String name) throws IOException {
    Content content = names.get(name);
    if (content == null) {
      throw new NoSuchFileException(name);
    }
    return new OpenFile(content, generation);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Content content = names.remove(from);
    if (content == null) {
      throw new NoSuchFileException(from);
    }
    names.put(to, content);
    // One change in the journal: a crash leaves the old name or the new one.
    nameChanges.add(new NameChange(to, content, /* added= */ true));
  }

  @Override
  public void delete(String name) {
    Content content = names.remove(name);
    if (content != null) {
      nameChanges.add(new NameChange(name, content, /* added= */ false));
    }
  }

  @Override
  public void sync() throws IOException {
    failAtTimes(syncFailures, "sync of names");
    nameChanges.clear();
    durableNames.clear();
    durableNames.putAll(names);
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return "faulty disk";
  }

  private void failAtTimes(int oneOf, String what) throws IOException {
    if (oneOf > 0 && random.nextInt(oneOf) == 0) {
      throw new IOException("EIO: " + what);
    }
  }

  private void takeRoom(long bytes) throws IOException {
    if (room < bytes) {
      throw new IOException("No space left on device");
    }
  }

  /// A file's bytes: as the process sees them, and as they are sure to be.
  private static final class Content {
    byte[] bytes = new byte[SECTOR_BYTES];
    int length;
    boolean spoiled;
    private final BitSet dirty = new BitSet();
    private byte[] synced = new byte[0];
    private int syncedLength;

    void write(ByteBuffer source, int count, long position) {
      int end = (int) position + count;
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
      }
      source.get(bytes, (int) position, count);
      length = Math.max(length, end);
      if (count > 0) {
        dirty.set((int) position / SECTOR_BYTES, (end - 1) / SECTOR_BYTES + 1);
      }
    }

    void truncate(long size) {
      length = (int) Math.min(length, size);
      Arrays.fill(bytes, length, bytes.length, (byte) 0);
      dirty.clear(length / SECTOR_BYTES + 1, Math.max(dirty.length(), length / SECTOR_BYTES + 1));
    }

    void sync() {
      dirty.stream().forEach(this::flush);
      dirty.clear();
      setSyncedLength(length);
    }

    /// Some of it reached the disk, and none of it will be tried again, as Linux does it: a later
    /// sync covers only what is written after this moment.
    void failSync(Random random) {
      dirty.stream().filter(sector -> random.nextBoolean()).forEach(this::flush);
      dirty.clear();
      if (random.nextBoolean()) {
        setSyncedLength(length);
      }
    }

    /// Each sector is the synced or the newer one; the length is any between the two.
    void losePower(Random random) {
      failSync(random);
      if (random.nextInt(4) == 0 && length > syncedLength) {
        setSyncedLength(random.nextInt(syncedLength, length + 1));
      }
      bytes = Arrays.copyOf(synced, Math.max(1, syncedLength));
      length = syncedLength;
    }

    void flip(long bit) {
      int at = (int) (bit >> 3);
      byte mask = (byte) (1 << (bit & 7));
      bytes[at] ^= mask;
      if (at < syncedLength) {
        synced[at] ^= mask;
      }
    }

    private void flush(int sector) {
      int start = sector * SECTOR_BYTES;
      int end = Math.min(start + SECTOR_BYTES, bytes.length);
      if (synced.length < end) {
        synced = Arrays.copyOf(synced, Math.max(end, 2 * synced.length));
      }
      System.arraycopy(bytes, start, synced, start, end - start);
    }

    private void setSyncedLength(int newLength) {
      if (synced.length < newLength) {
        synced = Arrays.copyOf(synced, newLength);
      }
      syncedLength = newLength;
    }
  }

  private final class OpenFile implements DiskFile {
    private final Content content;
    private final int opened;
    private boolean closed;

    OpenFile(Content content, int opened) {
      this.content = content;
      this.opened = opened;
    }

    private void check() throws IOException {
      if (closed || opened != generation) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public long size() throws IOException {
      check();
      return content.length;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      check();
      int wanted = source.remaining();
      long grows = Math.max(0, position + wanted - Math.max(position, content.length));
      int count = (int) (wanted - Math.max(0, grows - room));
      content.write(source, count, position);
      room -= Math.min(room, grows);
      takeRoom(wanted - count);
    }

    @Override
    public void read(ByteBuffer target, long position) throws IOException {
      check();
      failAtTimes(content.spoiled ? 1 : readFailures, "read");
      int count = Math.clamp(content.length - position, 0, target.remaining());
      target.put(content.bytes, (int) Math.min(position, content.length), count);
    }

    @Override
    public void truncate(long size) throws IOException {
      check();
      content.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      check();
      if (syncFailures > 0 && random.nextInt(syncFailures) == 0) {
        content.failSync(random);
        throw new IOException("EIO: sync");
      }
      content.sync();
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
