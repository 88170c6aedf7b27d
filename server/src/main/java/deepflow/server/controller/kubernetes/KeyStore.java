package deepflow.server.controller.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Keeps of an informer's objects what the informer itself needs, their names and versions: what
/// labels are made of is kept by the labeler, in a tenth of the memory.
final class KeyStore<T extends HasMetadata> implements ItemStore<T> {
  private final Supplier<T> maker;
  private final Map<String, T> items = new ConcurrentHashMap<>();

  /// @param maker gives an empty object
  KeyStore(Supplier<T> maker) {
    this.maker = maker;
  }

  @Override
  public String getKey(T object) {
    return object.getMetadata().getUid();
  }

  @Override
  public @Nullable T put(String key, T object) {
    return items.put(key, reduced(object));
  }

  /// Whether the object with that uid is kept in that version.
  boolean has(ObjectMeta meta) {
    // A bookmark has no uid.
    T kept = meta.getUid() == null ? null : items.get(meta.getUid());
    return kept != null
        && Objects.equals(kept.getMetadata().getResourceVersion(), meta.getResourceVersion());
  }

  private T reduced(T object) {
    ObjectMeta all = object.getMetadata();
    ObjectMeta kept = new ObjectMeta();
    kept.setUid(all.getUid());
    kept.setName(all.getName());
    kept.setNamespace(all.getNamespace());
    kept.setResourceVersion(all.getResourceVersion());
    T made = maker.get();
    made.setMetadata(kept);
    return made;
  }

  @Override
  public @Nullable T remove(String key) {
    return items.remove(key);
  }

  @Override
  public Stream<String> keySet() {
    return items.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return items.values().stream();
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public @Nullable T get(String key) {
    return items.get(key);
  }

  @Override
  public boolean isFullState() {
    return false;
  }
}
