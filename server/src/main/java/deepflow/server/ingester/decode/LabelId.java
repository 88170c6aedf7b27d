package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.server.labeler.Labels;
import deepflow.server.labeler.Tag;
import java.nio.ByteBuffer;
import java.util.Map;

/// Names labels by what they tell of, so that nobody has to hand out numbers: the first 64 bits of
/// a SHA-256. Two that share them could only be made on purpose, and then only misname their
/// maker's own spans.
public final class LabelId {
  private static final Tag[] TAGS = Tag.values();

  private LabelId() {}

  /// The id of labels.
  ///
  /// @param open the question to which they are no answer yet, so that the answer gets the same id;
  ///   empty when they are one
  public static long of(Labels labels, String open) {
    var content = new ByteScratch();
    for (Tag tag : TAGS) {
      put(content, tag.identifies() ? labels.tag(tag) : "");
    }
    content.put(labels.podGroupKind().code());
    content.putInt(labels.identity().size());
    labels.identity().forEach(word -> put(content, word));
    put(content, labels.conflicts());
    put(content, open);
    return hash(content);
  }

  /// Names all that they say, which may change while the id stays.
  public static long ofContent(Labels labels) {
    var content = new ByteScratch();
    for (Tag tag : TAGS) {
      put(content, labels.tag(tag));
    }
    content.put(labels.podGroupKind().code());
    put(content, labels.labels());
    put(content, labels.annotations());
    put(content, labels.env());
    put(content, labels.conflicts());
    return hash(content);
  }

  private static long hash(ByteScratch content) {
    return ByteBuffer.wrap(EnvelopeCache.id(content)).getLong();
  }

  private static void put(ByteScratch content, Map<String, String> pairs) {
    content.putInt(pairs.size());
    pairs.forEach((key, value) -> {
      put(content, key);
      put(content, value);
    });
  }

  private static void put(ByteScratch content, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    content.putInt(bytes.length);
    content.put(bytes, 0, bytes.length);
  }
}
