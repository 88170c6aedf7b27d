package deepflow.wire.control;

import static deepflow.wire.control.MessageReader.delimited;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// OpAMP's AgentConfigMap: configuration files by name. Where there is one file, its name is empty.
final class ConfigFiles {
  private static final String YAML = "text/yaml";

  private ConfigFiles() {}

  /// The files, one after the other.
  static String read(MessageReader reader) throws MalformedProtobufException {
    Map<String, String> files = new LinkedHashMap<>();
    reader.message(tag -> {
      if (tag == delimited(OpampField.CONFIG_MAP_FILES)) {
        readFile(reader, files);
      } else {
        reader.skip(tag);
      }
    });
    return files.entrySet().stream()
        .map(file -> files.size() == 1 ? file.getValue() : titled(file))
        .collect(Collectors.joining("\n"));
  }

  private static String titled(Map.Entry<String, String> file) {
    return "# %s%n%s".formatted(file.getKey(), file.getValue());
  }

  private static void readFile(MessageReader reader, Map<String, String> files)
      throws MalformedProtobufException {
    String[] file = {"", ""};
    reader.message(tag -> {
      if (tag == delimited(OpampField.MAP_KEY)) {
        file[0] = reader.text();
      } else if (tag == delimited(OpampField.MAP_VALUE)) {
        file[1] = readBody(reader);
      } else {
        reader.skip(tag);
      }
    });
    files.put(file[0], file[1]);
  }

  private static String readBody(MessageReader reader) throws MalformedProtobufException {
    String[] body = {""};
    reader.message(tag -> {
      if (tag == delimited(OpampField.FILE_BODY)) {
        body[0] = reader.text();
      } else {
        reader.skip(tag);
      }
    });
    return body[0];
  }

  /// Writes one file.
  static void write(int field, String yaml, ProtobufWriter writer) {
    int map = writer.begin(field);
    int entry = writer.begin(OpampField.CONFIG_MAP_FILES);
    writer.text(OpampField.MAP_KEY, "");
    int file = writer.begin(OpampField.MAP_VALUE);
    writer.text(OpampField.FILE_BODY, yaml);
    writer.text(OpampField.FILE_CONTENT_TYPE, YAML);
    writer.end(file);
    writer.end(entry);
    writer.end(map);
  }
}
