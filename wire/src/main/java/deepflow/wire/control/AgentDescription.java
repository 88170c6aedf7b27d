package deepflow.wire.control;

import static deepflow.wire.control.MessageReader.delimited;
import static deepflow.wire.control.MessageReader.number;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Who an agent is and where it runs, as attributes with the names of the semantic conventions.
///
/// Values are texts here: numbers and booleans are written as such, lists with commas; other kinds
/// of values are left out.
///
/// @param identifying `service.name` (the program), `service.version`, `service.instance.id`
/// @param other `host.name`, `os.type` and others
public record AgentDescription(Map<String, String> identifying, Map<String, String> other) {
  /// Name of the attribute with which an agent asks to be in a group, by the group's name or id.
  public static final String GROUP = "deepflow.group";

  /// Of each kind at most; more are left out.
  public static final int ATTRIBUTES_MAX = 64;

  /// Characters of a key or value at most; the rest is cut off.
  public static final int TEXT_MAX = 256;

  public AgentDescription {
    identifying = Collections.unmodifiableMap(new LinkedHashMap<>(identifying));
    other = Collections.unmodifiableMap(new LinkedHashMap<>(other));
  }

  /// The attribute of that name, whichever kind it is; empty when there is none.
  public String attribute(String name) {
    return identifying.getOrDefault(name, other.getOrDefault(name, ""));
  }

  static AgentDescription read(MessageReader reader) throws MalformedProtobufException {
    Map<String, String> identifying = new LinkedHashMap<>();
    Map<String, String> other = new LinkedHashMap<>();
    reader.message(tag -> {
      if (tag == delimited(OpampField.DESCRIPTION_IDENTIFYING)) {
        readAttribute(reader, identifying);
      } else if (tag == delimited(OpampField.DESCRIPTION_NON_IDENTIFYING)) {
        readAttribute(reader, other);
      } else {
        reader.skip(tag);
      }
    });
    return new AgentDescription(identifying, other);
  }

  private static void readAttribute(MessageReader reader, Map<String, String> target)
      throws MalformedProtobufException {
    String[] pair = {"", ""};
    reader.message(tag -> {
      if (tag == delimited(OtlpField.KEY_VALUE_KEY)) {
        pair[0] = shortened(reader.text());
      } else if (tag == delimited(OtlpField.KEY_VALUE_VALUE)) {
        pair[1] = shortened(readValue(reader));
      } else {
        reader.skip(tag);
      }
    });
    if (!pair[1].isEmpty() && target.size() < ATTRIBUTES_MAX) {
      target.put(pair[0], pair[1]);
    }
  }

  private static String readValue(MessageReader reader) throws MalformedProtobufException {
    StringBuilder value = new StringBuilder();
    reader.message(tag -> {
      if (tag == delimited(OtlpField.ANY_VALUE_STRING)) {
        value.append(reader.text());
      } else if (tag == number(OtlpField.ANY_VALUE_INT)) {
        value.append(reader.varint());
      } else if (tag == number(OtlpField.ANY_VALUE_BOOL)) {
        value.append(reader.varint() != 0);
      } else if (tag == delimited(OtlpField.ANY_VALUE_ARRAY)) {
        reader.message(inner -> {
          if (inner == delimited(OtlpField.ARRAY_VALUE_VALUES)) {
            value.append(value.isEmpty() ? "" : ",").append(readValue(reader));
          } else {
            reader.skip(inner);
          }
        });
      } else {
        reader.skip(tag);
      }
    });
    return value.toString();
  }

  private static String shortened(String text) {
    return text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text;
  }

  void write(int field, ProtobufWriter writer) {
    int start = writer.begin(field);
    write(OpampField.DESCRIPTION_IDENTIFYING, identifying, writer);
    write(OpampField.DESCRIPTION_NON_IDENTIFYING, other, writer);
    writer.end(start);
  }

  private static void write(int field, Map<String, String> attributes, ProtobufWriter writer) {
    attributes.forEach((key, value) -> {
      int attribute = writer.begin(field);
      writer.text(OtlpField.KEY_VALUE_KEY, key);
      int any = writer.begin(OtlpField.KEY_VALUE_VALUE);
      writer.text(OtlpField.ANY_VALUE_STRING, value);
      writer.end(any);
      writer.end(attribute);
    });
  }
}
