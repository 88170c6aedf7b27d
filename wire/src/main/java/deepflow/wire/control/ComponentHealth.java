package deepflow.wire.control;

import static deepflow.wire.control.MessageReader.delimited;
import static deepflow.wire.control.MessageReader.fixed;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// How an agent, or a part of it, is.
///
/// @param healthy whether it is up and does its work
/// @param startNanos since when it is up, in ns since 1970-01-01 UTC; 0 when it isn't or nobody
///   said
/// @param lastError what is wrong, for people; empty when nothing is
/// @param status for people, or as `key=value key=value`; empty when there is nothing to say
/// @param components its parts, by name
public record ComponentHealth(
    boolean healthy,
    long startNanos,
    String lastError,
    String status,
    Map<String, ComponentHealth> components) {
  /// Parts at most; more are left out, and so are parts of parts.
  private static final int COMPONENTS_MAX = 32;

  /// Characters of a text at most; the rest is cut off.
  private static final int TEXT_MAX = 256;

  public ComponentHealth {
    components = Collections.unmodifiableMap(new LinkedHashMap<>(components));
  }

  /// A part without parts.
  public static ComponentHealth of(boolean healthy, String lastError, String status) {
    return new ComponentHealth(healthy, 0, lastError, status, Map.of());
  }

  /// The number that stands in the status as `key=number`; -1 when there is none.
  public long number(String key) {
    for (String pair : status.split(" ", -1)) {
      if (pair.startsWith(key + "=") && pair.substring(key.length() + 1).matches("\\d{1,18}")) {
        return Long.parseLong(pair.substring(key.length() + 1));
      }
    }
    return -1;
  }

  private ComponentHealth alone() {
    return new ComponentHealth(healthy, startNanos, lastError, status, Map.of());
  }

  static ComponentHealth read(MessageReader reader) throws MalformedProtobufException {
    Draft draft = new Draft();
    reader.message(tag -> draft.read(tag, reader));
    return new ComponentHealth(
        draft.healthy, draft.startNanos, draft.lastError, draft.status, draft.components);
  }

  private static final class Draft {
    private boolean healthy;
    private long startNanos;
    private String lastError = "";
    private String status = "";
    private final Map<String, ComponentHealth> components = new LinkedHashMap<>();

    void read(int tag, MessageReader reader) throws MalformedProtobufException {
      if (tag == MessageReader.number(OpampField.HEALTH_HEALTHY)) {
        healthy = reader.varint() != 0;
      } else if (tag == fixed(OpampField.HEALTH_START_TIME)) {
        startNanos = reader.fixed64();
      } else if (tag == delimited(OpampField.HEALTH_LAST_ERROR)) {
        lastError = text(reader);
      } else if (tag == delimited(OpampField.HEALTH_STATUS)) {
        status = text(reader);
      } else if (tag == delimited(OpampField.HEALTH_COMPONENTS)) {
        readComponent(reader);
      } else {
        reader.skip(tag);
      }
    }

    private void readComponent(MessageReader reader) throws MalformedProtobufException {
      String[] name = {""};
      ComponentHealth[] part = {ComponentHealth.of(false, "", "")};
      reader.message(tag -> {
        if (tag == delimited(OpampField.MAP_KEY)) {
          name[0] = text(reader);
        } else if (tag == delimited(OpampField.MAP_VALUE)) {
          part[0] = ComponentHealth.read(reader);
        } else {
          reader.skip(tag);
        }
      });
      if (components.size() < COMPONENTS_MAX) {
        components.put(name[0], part[0].alone());
      }
    }

    private static String text(MessageReader reader) throws MalformedProtobufException {
      String text = reader.text();
      return text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text;
    }
  }

  void write(int field, ProtobufWriter writer) {
    int start = writer.begin(field);
    writer.varint(OpampField.HEALTH_HEALTHY, healthy ? 1 : 0);
    writer.fixed64(OpampField.HEALTH_START_TIME, startNanos);
    writer.text(OpampField.HEALTH_LAST_ERROR, lastError);
    writer.text(OpampField.HEALTH_STATUS, status);
    components.forEach((name, part) -> {
      int entry = writer.begin(OpampField.HEALTH_COMPONENTS);
      writer.text(OpampField.MAP_KEY, name);
      part.write(OpampField.MAP_VALUE, writer);
      writer.end(entry);
    });
    writer.end(start);
  }
}
