package deepflow.server.ingester.decode;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/// Tells which spans of a draft are there once more: the same bytes, of the same scope and, apart
/// from what an agent added, of the same resource. Such spans are of one trace and began at the
/// same time, so in the order of [SortKeys] only spans between them can be that, too.
///
/// For one draft and one thread.
final class Repeats {
  /// Nobody can send spans that are all of one hash.
  private static final Hasher64 HASHER = Hashing.xxh3_64(new Random().nextLong());

  private static final int NONE = -1;

  private final Draft draft;
  private int previous = NONE;

  /// The spans so far that are of the trace and start of the last one, once there are two.
  private Set<Sent> alike = new HashSet<>();

  Repeats(Draft draft) {
    this.draft = draft;
  }

  /// Whether one of the spans before is the same. To be asked of one after the other, in their
  /// order.
  boolean isThere(int index) {
    int before = previous;
    previous = index;
    if (before == NONE || !draft.keys.isAlike(before, index)) {
      forget();
      return false;
    }
    if (alike.isEmpty()) {
      alike.add(new Sent(before));
    }
    return !alike.add(new Sent(index));
  }

  private void forget() {
    if (!alike.isEmpty()) {
      alike = new HashSet<>();
    }
  }

  /// A span as its sender sent it.
  private final class Sent {
    private final int index;
    private final long hash;

    Sent(int index) {
      this.index = index;
      this.hash =
          HASHER.hashBytesToLong(draft.bytes[index], draft.offset[index], draft.length[index]);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(hash);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sent sent && hash == sent.hash && draft.isSame(index, sent.index);
    }
  }
}
