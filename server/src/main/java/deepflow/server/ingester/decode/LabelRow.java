package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.clickhouse.block.LowCardinalityColumn;
import deepflow.clickhouse.block.MapColumn;
import deepflow.clickhouse.block.StringColumn;
import deepflow.server.labeler.DeviceType;
import deepflow.server.labeler.Labels;
import deepflow.server.labeler.Tag;
import deepflow.server.storage.LabelBlock;
import java.util.Map;

/// Writes labels into table `labels`.
public final class LabelRow {
  private LabelRow() {}

  /// Appends one row.
  ///
  /// @param day days since 1970-01-01 UTC
  /// @param version of all rows with that id the one with the highest counts
  public static void append(int day, long id, Labels labels, long version, LabelBlock into) {
    into.day.append(day);
    into.labelId.append(id);
    for (Tag tag : Tag.values()) {
      into.name(tag.column()).append(labels.tag(tag));
    }
    int workload = labels.podGroupKind().code();
    boolean isWorkload = labels.autoServiceType() == DeviceType.WORKLOAD && workload > 0;
    into.podGroupType.append(workload);
    into.autoInstanceType.append(labels.autoInstanceType().code());
    into.autoServiceType.append(isWorkload ? workload : labels.autoServiceType().code());
    append(labels.labels(), into.labels);
    append(labels.annotations(), into.annotations);
    append(labels.env(), into.env);
    byte[] conflicts = labels.conflicts().getBytes(UTF_8);
    into.conflicts.append(conflicts, 0, conflicts.length);
    into.version.append(version);
  }

  private static void append(
      Map<String, String> pairs, MapColumn<LowCardinalityColumn, StringColumn> into) {
    pairs.forEach((key, value) -> {
      into.keys().append(key);
      byte[] bytes = value.getBytes(UTF_8);
      into.values().append(bytes, 0, bytes.length);
    });
    into.endRow();
  }
}
