package deepflow.server.labeler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of one cluster now, and its pods that are gone: a span may come long after its
/// pod. Safe for use by many threads.
public final class ClusterInventory {
  /// Pods that are gone are remembered as long as this.
  private static final long GONE_NANOS = 3_600_000_000_000L;

  /// And as many.
  private static final int GONE_MAX = 20_000;

  /// A pod that is gone.
  ///
  /// @param certain whether it was seen to go then; else some time before
  record Gone(KnownPod pod, long time, boolean certain) {}

  private volatile String name = "";
  private final Runnable changed;
  private final Map<String, Known> objects = new HashMap<>();
  private final ArrayDeque<Gone> gone = new ArrayDeque<>();
  private boolean complete;

  ClusterInventory(Runnable changed) {
    this.changed = changed;
  }

  /// What tags show as the cluster.
  public void name(String shown) {
    name = shown;
    changed.run();
  }

  /// An object is new or has changed.
  public void put(Known object) {
    synchronized (this) {
      objects.put(object.object().uid(), object);
    }
    changed.run();
  }

  /// An object is gone.
  ///
  /// @param time when, ns since 1970-01-01 UTC
  /// @param certain whether it was seen to go then; else some time before
  public void remove(String uid, long time, boolean certain) {
    synchronized (this) {
      Known known = objects.remove(uid);
      if (known instanceof KnownPod pod) {
        gone.add(new Gone(pod, time, certain));
        while (gone.size() > GONE_MAX || gone.getFirst().time < time - GONE_NANOS) {
          gone.removeFirst();
        }
      }
    }
    changed.run();
  }

  /// All that there is was put: what isn't here doesn't exist.
  public void complete() {
    synchronized (this) {
      complete = true;
    }
    changed.run();
  }

  synchronized boolean isComplete() {
    return complete;
  }

  /// How many objects there are, pods that are gone included.
  public synchronized int size() {
    return objects.size() + gone.size();
  }

  /// The object with that uid.
  synchronized @Nullable Known get(String uid) {
    return objects.get(uid);
  }

  /// @param taken names of other clusters, to which its own is added: many are called `kubernetes`
  ClusterIndex index(Set<String> taken) {
    String given = name;
    String own = given;
    for (int i = 2; !taken.add(own); i++) {
      own = "%s-%s".formatted(given, i);
    }
    List<Known> now;
    List<Gone> before;
    synchronized (this) {
      now = new ArrayList<>(objects.values());
      before = new ArrayList<>(gone);
    }
    return new ClusterIndex(own, given, now, before);
  }
}
