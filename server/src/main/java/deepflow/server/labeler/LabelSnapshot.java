package deepflow.server.labeler;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// All that is known about workloads at one moment. Immutable: what changes is which snapshot is in
/// use.
public final class LabelSnapshot {
  /// News of a pod come at most so long after its first span.
  private static final long LATE_NANOS = 60_000_000_000L;

  private static final LabelSnapshot EMPTY = new LabelSnapshot(List.of(), 0);

  private final List<ClusterIndex> clusters;
  private final long taken;

  /// @param taken when, ns since 1970-01-01 UTC
  LabelSnapshot(List<ClusterIndex> clusters, long taken) {
    this.clusters = List.copyOf(clusters);
    this.taken = taken;
  }

  /// A snapshot that knows nothing but what each resource says of itself.
  public static LabelSnapshot empty() {
    return EMPTY;
  }

  /// When it was made, ms since 1970-01-01 UTC: of two answers the newer one's counts.
  public long version() {
    return taken / 1_000_000;
  }

  /// Who sent a span.
  ///
  /// @param port at which the span's own side serves, 0 when it doesn't or that isn't known
  /// @param time ns since 1970-01-01 UTC
  public Side own(Sender sender, int port, long time) {
    return new OwnSide(this, sender, port, time).resolve();
  }

  /// Who was at the other side.
  ///
  /// @param own the answer about the span's own side: its cluster is looked in first
  /// @param time ns since 1970-01-01 UTC
  public Side peer(Side own, Peer peer, long time) {
    return new PeerSide(this, own, peer, time).resolve();
  }

  List<ClusterIndex> clusters() {
    return clusters;
  }

  @Nullable ClusterIndex cluster(@Nullable String name) {
    return clusters.stream().filter(cluster -> cluster.name.equals(name)).findFirst().orElse(null);
  }

  /// The clusters that a sender can mean: those with that uid, else those of that name, else all.
  ///
  /// @param uid empty when it says none; of a cluster whose uid isn't known it may be
  /// @param name empty when it says none
  List<ClusterIndex> clusters(String uid, String name) {
    List<ClusterIndex> able = clusters;
    if (!uid.isEmpty()) {
      List<ClusterIndex> same = with(able, cluster -> cluster.uid().equals(uid));
      if (!same.isEmpty()) {
        return same;
      }
      able = with(able, cluster -> cluster.uid().isEmpty());
    }
    List<ClusterIndex> shown = with(able, cluster -> cluster.name.equals(name));
    List<ClusterIndex> given = with(able, cluster -> cluster.givenName.equals(name));
    if (given.size() > 1 || shown.isEmpty()) {
      return given.isEmpty() ? able : given;
    }
    return shown;
  }

  private static List<ClusterIndex> with(
      List<ClusterIndex> clusters, Predicate<ClusterIndex> condition) {
    return clusters.stream().filter(condition).toList();
  }

  /// The cluster that an agent runs in: the only one with a node or pod of its host's name, which
  /// Kubernetes writes in small letters.
  @Nullable ClusterIndex home(String agentHost) {
    String host = agentHost.toLowerCase(Locale.ROOT);
    List<ClusterIndex> homes = with(clusters, cluster -> cluster.hasHost(host));
    return homes.size() == 1 ? homes.getFirst() : null;
  }

  /// Whether any cluster is watched.
  boolean watches() {
    return !clusters.isEmpty();
  }

  /// Whether news may still come about that time, of clusters that are known.
  boolean isRecent(long time) {
    return watches() && time > taken - LATE_NANOS;
  }

  boolean mayBePod(Address address) {
    return !address.isNone() && clusters.stream().anyMatch(cluster -> cluster.mayBePod(address));
  }

  @Override
  public String toString() {
    return "%s, %s"
        .formatted(
            clusters.stream().allMatch(cluster -> cluster.complete) ? "complete" : "incomplete",
            clusters.stream().map(cluster -> cluster.name).filter(Objects::nonNull).toList());
  }
}
