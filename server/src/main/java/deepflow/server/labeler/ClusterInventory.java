package deepflow.server.labeler;

import java.time.InstantSource;
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

  /// A pod may send for so long before it is heard of that it has another address.
  private static final long HEARD_NANOS = 10_000_000_000L;

  /// That a pod has an address, or had it.
  ///
  /// @param until [Long#MAX_VALUE] while it has it
  /// @param early since when it may have had it, if nobody else did
  record Tenancy(Address address, long from, long until, long early) {
    Tenancy(Address address, long from, long until) {
      this(address, from, until, from);
    }
  }

  /// A pod as long as it is known.
  ///
  /// @param gone [Long#MAX_VALUE] while it is there
  /// @param certain whether it was seen to go then; else some time before
  record PodLife(KnownPod pod, List<Tenancy> addresses, long gone, boolean certain) {}

  private volatile String name = "";
  private final InstantSource clock;
  private final Runnable changed;
  private final Map<String, Known> objects = new HashMap<>();

  /// Addresses of pods that got others, by their uids.
  private final Map<String, List<Tenancy>> moved = new HashMap<>();

  private final ArrayDeque<PodLife> gone = new ArrayDeque<>();
  private boolean complete;

  ClusterInventory(InstantSource clock, Runnable changed) {
    this.clock = clock;
    this.changed = changed;
  }

  /// What tags show as the cluster.
  public void name(String shown) {
    name = shown;
    changed.run();
  }

  /// An object is new or has changed. What a pod was before, it was for the spans of that time.
  public void put(Known object) {
    String uid = object.object().uid();
    synchronized (this) {
      if (object instanceof KnownPod pod && objects.get(uid) instanceof KnownPod before) {
        move(before, pod);
        objects.put(uid, pod.withContainersOf(before));
      } else {
        objects.put(uid, object);
      }
    }
    changed.run();
  }

  /// A pod gets other addresses when its node starts again, or its network is made anew.
  private void move(KnownPod before, KnownPod pod) {
    List<Tenancy> earlier = addresses(before);
    if (earlier.isEmpty() || before.addresses().equals(pod.addresses())) {
      return;
    }
    long now = Labeler.nanos(clock.instant());
    List<Tenancy> all = new ArrayList<>();
    for (Tenancy tenancy : earlier) {
      boolean ends = tenancy.until == Long.MAX_VALUE && !pod.addresses().contains(tenancy.address);
      if (ends) {
        all.add(new Tenancy(tenancy.address, tenancy.from, now, tenancy.early));
      } else if (tenancy.until > now - GONE_NANOS) {
        all.add(tenancy);
      }
    }
    for (Address address : pod.addresses()) {
      if (!before.addresses().contains(address)) {
        all.add(new Tenancy(address, now, Long.MAX_VALUE, now - HEARD_NANOS));
      }
    }
    moved.put(pod.object().uid(), all);
  }

  private List<Tenancy> addresses(KnownPod pod) {
    List<Tenancy> several = moved.get(pod.object().uid());
    return several == null
        ? pod.addresses().stream()
            .map(address -> new Tenancy(address, pod.object().since(), Long.MAX_VALUE))
            .toList()
        : several;
  }

  /// An object is gone.
  ///
  /// @param time when, ns since 1970-01-01 UTC
  /// @param certain whether it was seen to go then; else some time before
  public void remove(String uid, long time, boolean certain) {
    synchronized (this) {
      Known known = objects.remove(uid);
      if (known instanceof KnownPod pod) {
        gone.add(new PodLife(pod, addresses(pod), time, certain));
        moved.remove(uid);
        while (gone.size() > GONE_MAX || gone.getFirst().gone < time - GONE_NANOS) {
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
    List<Known> all;
    List<PodLife> pods;
    boolean whole;
    synchronized (this) {
      whole = complete;
      all = new ArrayList<>(objects.values());
      pods = new ArrayList<>(gone);
      for (Known known : all) {
        if (known instanceof KnownPod pod) {
          pods.add(new PodLife(pod, addresses(pod), Long.MAX_VALUE, /* certain= */ false));
        }
      }
    }
    return new ClusterIndex(own, given, whole, all, pods);
  }
}
