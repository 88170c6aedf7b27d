package deepflow.server.labeler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Who was at one side of a span. Immutable.
public final class Labels {
  private final Map<Tag, String> tags;
  private final WorkloadKind podGroupKind;
  private final DeviceType autoInstanceType;
  private final DeviceType autoServiceType;
  private final Map<String, String> labels;
  private final Map<String, String> annotations;
  private final Map<String, String> env;
  private final String conflicts;
  private final List<String> identity;

  private Labels(Builder builder) {
    tags = Collections.unmodifiableMap(new EnumMap<>(builder.tags));
    podGroupKind = builder.podGroupKind;
    autoInstanceType = builder.autoInstanceType;
    autoServiceType = builder.autoServiceType;
    labels = Collections.unmodifiableMap(builder.labels);
    annotations = Collections.unmodifiableMap(builder.annotations);
    env = Collections.unmodifiableMap(builder.env);
    conflicts = builder.conflicts.stream().sorted().collect(Collectors.joining("; "));
    identity = List.copyOf(builder.identity);
  }

  /// A tag's value; empty when it isn't known.
  public String tag(Tag tag) {
    return tags.getOrDefault(tag, "");
  }

  /// What kind of workload [Tag#POD_GROUP] is.
  public WorkloadKind podGroupKind() {
    return podGroupKind;
  }

  /// What [Tag#AUTO_INSTANCE] is.
  public DeviceType autoInstanceType() {
    return autoInstanceType;
  }

  /// What [Tag#AUTO_SERVICE] is, unless it is a workload of a kind that has a type of its own.
  public DeviceType autoServiceType() {
    return autoServiceType;
  }

  /// `k8s.label.…`, sorted by key.
  public Map<String, String> labels() {
    return labels;
  }

  /// `k8s.annotation.…`, sorted by key.
  public Map<String, String> annotations() {
    return annotations;
  }

  /// `k8s.env.…`, sorted by key.
  public Map<String, String> env() {
    return env;
  }

  /// Where the sender says one thing and Kubernetes another; the sender's word is what is shown.
  public String conflicts() {
    return conflicts;
  }

  /// What, beside the tags that [identify][Tag#identifies], tells them from others: the sender's
  /// words, and uids of what they tell of. What Kubernetes says of that may change.
  public List<String> identity() {
    return identity;
  }

  @Override
  public String toString() {
    return "%s %s %s".formatted(tags, labels, conflicts);
  }

  /// Collects labels: what is said first stays.
  static final class Builder {
    private final Map<Tag, String> tags = new EnumMap<>(Tag.class);
    private final Map<String, String> labels = new TreeMap<>();
    private final Map<String, String> annotations = new TreeMap<>();
    private final Map<String, String> env = new TreeMap<>();
    private final List<String> conflicts = new ArrayList<>();
    private final List<String> identity = new ArrayList<>();
    private WorkloadKind podGroupKind = WorkloadKind.NONE;
    private DeviceType autoInstanceType = DeviceType.IP;
    private DeviceType autoServiceType = DeviceType.IP;

    Builder put(Tag tag, String value) {
      if (!value.isEmpty()) {
        tags.putIfAbsent(tag, value);
      }
      return this;
    }

    /// Adds what Kubernetes says, which the sender's word may contradict.
    ///
    /// @param word the sender's name for it
    Builder check(Tag tag, String word, String value) {
      String said = tags.get(tag);
      if (said != null && !value.isEmpty() && !said.equals(value)) {
        conflict(word, value);
      }
      return put(tag, value);
    }

    void conflict(String word, String value) {
      conflicts.add("%s is %s in Kubernetes".formatted(word, value));
    }

    Builder podGroup(WorkloadKind kind, String name) {
      if (!name.isEmpty() && !tags.containsKey(Tag.POD_GROUP)) {
        podGroupKind = kind;
      }
      return check(Tag.POD_GROUP, "the workload", name);
    }

    /// All so far is the sender's own word.
    void said() {
      tags.forEach((tag, value) -> identity.add(tag.column() + "=" + value));
      labels.forEach((key, value) -> identity.add("label " + key + "=" + value));
      annotations.forEach((key, value) -> identity.add("annotation " + key + "=" + value));
    }

    /// Adds a word of the sender.
    Builder said(Tag tag, String value) {
      identity.add(tag.column() + "=" + value);
      return put(tag, value);
    }

    /// They tell of that object.
    Builder about(KnownObject object) {
      identity.add(object.uid());
      return this;
    }

    /// The same, and it has labels and annotations of its own.
    Builder object(KnownObject object) {
      return about(object).labels(object.labels()).annotations(object.annotations());
    }

    /// Adds what others are labelled with: it is the same thing.
    Builder same(Labels others) {
      identity.addAll(others.identity);
      return labels(others.labels).annotations(others.annotations);
    }

    Builder labels(Map<String, String> more) {
      more.forEach(labels::putIfAbsent);
      return this;
    }

    Builder annotations(Map<String, String> more) {
      more.forEach(annotations::putIfAbsent);
      return this;
    }

    Builder env(Map<String, String> more) {
      more.forEach(env::putIfAbsent);
      return this;
    }

    boolean has(Tag tag) {
      return tags.containsKey(tag);
    }

    String get(Tag tag) {
      return tags.getOrDefault(tag, "");
    }

    Labels build(String source) {
      put(Tag.SOURCE, source);
      chooseInstance();
      chooseService();
      return new Labels(this);
    }

    /// As DeepFlow: the pod before its node, its service, its host.
    private void chooseInstance() {
      autoInstanceType =
          choose(Tag.AUTO_INSTANCE, Tag.POD, DeviceType.POD)
              .or(() -> choose(Tag.AUTO_INSTANCE, Tag.POD_NODE, DeviceType.NODE))
              .or(() -> choose(Tag.AUTO_INSTANCE, Tag.POD_SERVICE, DeviceType.CLUSTER_IP))
              .or(() -> choose(Tag.AUTO_INSTANCE, Tag.HOST, DeviceType.HOST))
              .orElse(DeviceType.IP);
    }

    /// As DeepFlow: the service before the workload, the cluster, the host.
    private void chooseService() {
      autoServiceType =
          choose(Tag.AUTO_SERVICE, Tag.POD_SERVICE, DeviceType.SERVICE)
              .or(() -> choose(Tag.AUTO_SERVICE, Tag.POD_GROUP, DeviceType.WORKLOAD))
              .or(() -> choose(Tag.AUTO_SERVICE, Tag.POD_CLUSTER, DeviceType.CLUSTER))
              .or(() -> choose(Tag.AUTO_SERVICE, Tag.POD_NODE, DeviceType.NODE))
              .or(() -> choose(Tag.AUTO_SERVICE, Tag.HOST, DeviceType.HOST))
              .orElse(DeviceType.IP);
    }

    private Optional<DeviceType> choose(Tag target, Tag source, DeviceType type) {
      String name = tags.get(source);
      if (name == null) {
        return Optional.empty();
      }
      tags.put(target, name);
      return Optional.of(type);
    }
  }
}
