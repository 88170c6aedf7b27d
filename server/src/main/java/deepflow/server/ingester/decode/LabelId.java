package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.server.labeler.Labels;
import deepflow.server.storage.LabelBlock;
import java.nio.ByteBuffer;
import java.util.List;

/// Names labels by their content, so that nobody has to hand out numbers: the first 64 bits of a
/// SHA-256. Two that share them could only be made on purpose, and then only misname their maker's
/// own spans.
final class LabelId {
  private LabelId() {}

  /// The id of labels; 0 when they say nothing.
  static long of(Labels labels) {
    var content = new ByteScratch();
    boolean empty = true;
    for (String word : words(labels)) {
      byte[] bytes = word.getBytes(UTF_8);
      content.putInt(bytes.length);
      content.put(bytes, 0, bytes.length);
      empty &= bytes.length == 0;
    }
    return empty ? 0 : ByteBuffer.wrap(EnvelopeCache.id(content)).getLong();
  }

  private static List<String> words(Labels labels) {
    return List.of(
        labels.appInstance(),
        labels.pod(),
        labels.podNs(),
        labels.podNode(),
        labels.podGroup(),
        labels.podCluster(),
        labels.host());
  }

  /// Appends the row that the id stands for.
  static void append(int day, Labels labels, LabelBlock into) {
    long id = of(labels);
    if (id == 0) {
      return;
    }
    into.day.append(day);
    into.labelId.append(id);
    into.appInstance.append(labels.appInstance());
    into.pod.append(labels.pod());
    into.podNs.append(labels.podNs());
    into.podNode.append(labels.podNode());
    into.podGroup.append(labels.podGroup());
    into.podCluster.append(labels.podCluster());
    into.host.append(labels.host());
  }
}
