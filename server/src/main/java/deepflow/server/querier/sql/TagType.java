package deepflow.server.querier.sql;

import java.util.Locale;

/// What kind of tag it is: which operators it has and how a value in a condition is read.
enum TagType {
  STRING,
  STRING_ENUM,
  /// Something with a name that labels rows: a pod, a service, a network.
  RESOURCE,
  INT,
  INT_ENUM,
  /// Shown as text, v4-mapped addresses as v4; compared with addresses and CIDR blocks.
  IP,
  /// Whole seconds, shown as time, compared with Unix seconds; its expression compared is in ns.
  TIME,
  /// Shown as time, compared with Unix microseconds.
  MICROSECONDS,
  /// A row's own number.
  ID,
  /// 16 bytes, shown and compared in hex.
  TRACE_ID,
  /// 8 bytes, shown and compared in hex; all zero is shown as an empty text.
  SPAN_ID,
  MAC,
  /// A span's serialized events, shown as DeepFlow's JSON; conditions compare the bytes.
  EVENTS,
  /// All pairs as one JSON object.
  MAP;

  static TagType of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean isText() {
    return switch (this) {
      case STRING, STRING_ENUM, RESOURCE, MAC, EVENTS, MAP -> true;
      case INT, INT_ENUM, IP, TIME, MICROSECONDS, ID, TRACE_ID, SPAN_ID -> false;
    };
  }
}
