package deepflow.server.storage;

import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Blocks that were named and are not committed, and the days that take no block for now.
///
/// Who drops a day or cuts it closes it first: rows that come in between two of its steps would be
/// gone without being counted, or be in one table and not in the other. Blocks of that day wait
/// then, and those of other days go on. Safe for use by many threads.
final class UncommittedBlocks {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition opened = lock.newCondition();

  /// What each block holds of each agent; nothing before it is being committed.
  private final TreeMap<Long, List<Commit>> blocks = new TreeMap<>();

  private final Set<Long> beingCommitted = new HashSet<>();

  private final Set<Long> closed = new HashSet<>();

  /// A block got a name.
  void add(BlockId id, List<Commit> commits) {
    lock.lock();
    try {
      blocks.put(id.number(), commits);
    } finally {
      lock.unlock();
    }
  }

  /// A block is committed, or will never be.
  void remove(BlockId id) {
    lock.lock();
    try {
      blocks.remove(id.number());
    } finally {
      lock.unlock();
    }
  }

  /// All that there were are committed.
  void clear() {
    lock.lock();
    try {
      blocks.clear();
    } finally {
      lock.unlock();
    }
  }

  /// The number of the one that was named first.
  OptionalLong first() {
    lock.lock();
    try {
      return blocks.isEmpty() ? OptionalLong.empty() : OptionalLong.of(blocks.firstKey());
    } finally {
      lock.unlock();
    }
  }

  /// An attempt to commit a block begins, when its day is open.
  void begin(BlockId id, List<Commit> commits) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (closed.contains((long) id.day())) {
        opened.await();
      }
      blocks.put(id.number(), commits);
      beingCommitted.add(id.number());
    } finally {
      lock.unlock();
    }
  }

  /// The attempt is over, whether or not the block is committed.
  void end(BlockId id) {
    lock.lock();
    try {
      beingCommitted.remove(id.number());
    } finally {
      lock.unlock();
    }
  }

  /// Lets no block into a day until it is opened again.
  ///
  /// @return false when one is being committed into it just now
  boolean close(LocalDate day) {
    return close(day, beingCommitted);
  }

  /// The same of a day that has all of its blocks.
  ///
  /// @return false when some are not committed
  boolean closeComplete(LocalDate day) {
    return close(day, blocks.keySet());
  }

  private boolean close(LocalDate day, Set<Long> hindrances) {
    lock.lock();
    try {
      if (hindrances.stream().noneMatch(number -> isOf(day, number))) {
        closed.add(day.toEpochDay());
      }
      return closed.contains(day.toEpochDay());
    } finally {
      lock.unlock();
    }
  }

  private static boolean isOf(LocalDate day, long number) {
    return new BlockId(number).day() == day.toEpochDay();
  }

  /// Those of a day that it was tried to commit.
  Map<BlockId, List<Commit>> begunOf(LocalDate day) {
    lock.lock();
    try {
      Map<BlockId, List<Commit>> begun = new HashMap<>();
      blocks.forEach((number, commits) -> {
        if (isOf(day, number) && !commits.isEmpty()) {
          begun.put(new BlockId(number), commits);
        }
      });
      return begun;
    } finally {
      lock.unlock();
    }
  }

  /// Blocks may come into a day again.
  void open(LocalDate day) {
    lock.lock();
    try {
      closed.remove(day.toEpochDay());
      opened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Blocks may come again into all days but those.
  void openAllBut(Set<LocalDate> days) {
    lock.lock();
    try {
      closed.removeIf(day -> !days.contains(LocalDate.ofEpochDay(day)));
      opened.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
