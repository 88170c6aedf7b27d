package deepflow.wire.frame;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// What large frames of many connections may take together while they are read. Safe for use by
/// many threads.
public final class FrameMemory {
  private static final int UNIT_BYTES = 1 << 10;

  /// Who has nothing holds up nobody.
  private static final int PATIENCE_OF_NONE = 4;

  private final int all;
  private final Semaphore units;
  private final Duration patience;

  /// @param bytesMax of all of them
  /// @param patience how long who has some waits for more: all who have some may wait for each
  ///   other. Who has none waits four times as long, which is to be less than an agent waits for an
  ///   acknowledgement: it would come again beside who waits here for it
  public FrameMemory(long bytesMax, Duration patience) {
    this.all = units(bytesMax);
    this.units = new Semaphore(all, /* fair= */ true);
    this.patience = patience;
  }

  /// As much as anybody wants.
  static FrameMemory unlimited() {
    return new FrameMemory((long) Integer.MAX_VALUE * UNIT_BYTES, Duration.ZERO);
  }

  /// Waits for so many bytes and takes them.
  ///
  /// @param bytes [#rounded]
  /// @param held what was taken before and not given back
  /// @throws BusyException when others have them all for too long
  void take(long bytes, long held) throws BusyException, InterruptedException {
    long wait = held > 0 ? patience.toNanos() : patience.toNanos() * PATIENCE_OF_NONE;
    if (!units.tryAcquire(units(bytes), wait, TimeUnit.NANOSECONDS)) {
      throw new BusyException();
    }
  }

  /// Waits for so many bytes, however long, and takes them.
  ///
  /// @param bytes [#rounded]
  void takeInAnyCase(long bytes) throws InterruptedException {
    units.acquire(units(bytes));
  }

  void giveBack(long bytes) {
    units.release(units(bytes));
  }

  /// Whether less than half is left.
  boolean isScarce() {
    return units.availablePermits() < all / 2;
  }

  /// The next amount that can be taken.
  static int rounded(int bytes) {
    return Math.ceilDiv(bytes, UNIT_BYTES) * UNIT_BYTES;
  }

  private static int units(long bytes) {
    return Math.toIntExact(bytes / UNIT_BYTES);
  }

  /// Other connections have all memory that large frames may take. What is read was not taken: it
  /// can be sent again.
  public static final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;

    BusyException() {
      super("large frames of other connections take all memory that they may take");
    }
  }
}
