package deepflow.server.querier.sql;

import java.util.List;
import java.util.Locale;

/// What kind of tag it is: which operators it has and how a value in a condition is read.
enum TagType {
  STRING,
  STRING_ENUM,
  /// Something with a name that labels rows: a pod, a service, a network.
  RESOURCE,
  INT,
  INT_ENUM,
  /// 0 or 1.
  BOOL,
  /// The number of a [#RESOURCE], which clients know of by that.
  RESOURCE_ID,
  /// Shown as text, v4-mapped addresses as v4; compared with addresses and CIDR blocks.
  IP,
  /// Whole seconds, shown as time, compared with Unix seconds; its expression compared is in ns.
  TIME,
  /// Whole seconds, shown as time, compared with Unix seconds; its expression is a DateTime.
  SECOND,
  /// Shown as time, compared with Unix microseconds.
  MICROSECONDS,
  /// A row's own number.
  ID,
  /// 16 bytes, shown and compared in hex.
  TRACE_ID,
  /// 8 bytes, shown and compared in hex; all zero is shown as an empty text.
  SPAN_ID,
  MAC,
  /// A sender's attribute: a text, or what is shown as JSON; conditions compare the bytes.
  ATTRIBUTE,
  /// A span's serialized events, shown as DeepFlow's JSON; conditions compare the bytes.
  EVENTS,
  /// All attributes as one JSON object.
  MAP;

  private static final List<String> TEXT =
      List.of("=", "!=", "IN", "NOT IN", "LIKE", "NOT LIKE", "REGEXP", "NOT REGEXP");
  private static final List<String> NUMBER =
      List.of("=", "!=", "IN", "NOT IN", ">=", "<=", ">", "<");

  static TagType of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /// As SHOW TAGS names it.
  String shown() {
    return switch (this) {
      case STRING, STRING_ENUM, RESOURCE, INT, INT_ENUM, BOOL, IP, TIME, ID, MAC, MAP ->
          name().toLowerCase(Locale.ROOT);
      case MICROSECONDS, RESOURCE_ID -> "int";
      case SECOND -> "time";
      case TRACE_ID, SPAN_ID, ATTRIBUTE, EVENTS -> "string";
    };
  }

  /// What it can be compared with.
  List<String> operators() {
    return switch (this) {
      case STRING, STRING_ENUM, RESOURCE, TRACE_ID, SPAN_ID, ATTRIBUTE, EVENTS, MAP -> TEXT;
      case INT, INT_ENUM, RESOURCE_ID, IP, MICROSECONDS -> NUMBER;
      case TIME, SECOND -> List.of("=", "!=", ">=", "<=");
      case ID, MAC, BOOL -> List.of("=", "!=", "IN", "NOT IN");
    };
  }

  /// How its values become JSON.
  Translation.Rendering rendering() {
    return switch (this) {
      case ATTRIBUTE -> Translation.Rendering.ATTRIBUTE;
      case EVENTS -> Translation.Rendering.EVENTS;
      case MAP -> Translation.Rendering.ATTRIBUTES;
      case STRING,
          STRING_ENUM,
          RESOURCE,
          INT,
          INT_ENUM,
          BOOL,
          RESOURCE_ID,
          IP,
          TIME,
          SECOND,
          MICROSECONDS,
          ID,
          TRACE_ID,
          SPAN_ID,
          MAC ->
          Translation.Rendering.PLAIN;
    };
  }

  boolean isText() {
    return switch (this) {
      case STRING, STRING_ENUM, RESOURCE, MAC, ATTRIBUTE, EVENTS, MAP -> true;
      case INT,
          INT_ENUM,
          BOOL,
          RESOURCE_ID,
          IP,
          TIME,
          SECOND,
          MICROSECONDS,
          ID,
          TRACE_ID,
          SPAN_ID ->
          false;
    };
  }
}
