package deepflow.server.querier.flowtracing;

import deepflow.server.querier.tempo.TraceId;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which trace is wanted.
///
/// @param traceId null when a row is given
/// @param rowId the `_id` of a row; 64 bits without sign
/// @param otel whether spans of applications are wanted, which are all that there are
record TracingQuestion(@Nullable TraceId traceId, long rowId, boolean attributes, boolean otel) {

  private static final JsonMapper JSON = new JsonMapper();

  /// A body that is no question.
  static final class InvalidException extends Exception {
    InvalidException(String reason) {
      super(reason);
    }
  }

  /// Reads the body: a JSON object, each key in snake_case or in UPPER case.
  ///
  /// @throws InvalidException says which key and what it must be
  static TracingQuestion of(String body) throws InvalidException {
    JsonNode json;
    try {
      json = JSON.readTree(body);
    } catch (JacksonException _) {
      throw new InvalidException("the body must be a JSON object");
    }
    if (json == null || !json.isObject()) {
      throw new InvalidException("the body must be a JSON object");
    }
    require(json, "database", "flow_log");
    require(json, "table", "l7_flow_log");
    for (String key : List.of("time_start", "time_end")) {
      if (value(json, key) == null) {
        throw new InvalidException(key + " is missing: Unix seconds");
      }
      number(json, key);
    }
    if (number(json, "time_start") > number(json, "time_end")) {
      throw new InvalidException("time_end must not be before time_start");
    }
    for (String key :
        List.of("max_iteration", "network_delay_us", "host_clock_offset_us", "ntp_delay_us")) {
      number(json, key);
    }
    long attributes = number(json, "has_attributes");
    if (attributes > 1) {
      throw new InvalidException("has_attributes must be 0 or 1");
    }
    JsonNode row = value(json, "_id");
    JsonNode trace = value(json, "trace_id");
    if (row == null && trace == null) {
      throw new InvalidException("_id or trace_id is missing");
    }
    return new TracingQuestion(
        row == null && trace != null ? traceId(trace) : null,
        row == null ? 0 : rowId(row),
        attributes == 1,
        otel(value(json, "signal_sources")));
  }

  private static @Nullable JsonNode value(JsonNode json, String key) {
    JsonNode value = json.get(key);
    JsonNode either = value == null ? json.get(key.toUpperCase(Locale.ROOT)) : value;
    boolean none = either == null || either.isNull();
    return none || (either.isString() && either.asString().isEmpty()) ? null : either;
  }

  private static void require(JsonNode json, String key, String wanted) throws InvalidException {
    JsonNode value = value(json, key);
    if (value == null || !value.asString("").equals(wanted)) {
      throw new InvalidException("%s must be %s".formatted(key, wanted));
    }
  }

  /// 0 when it is missing.
  private static long number(JsonNode json, String key) throws InvalidException {
    JsonNode value = value(json, key);
    if (value == null) {
      return 0;
    }
    String text = value.asString("");
    if (!text.matches("\\d{1,18}")) {
      throw new InvalidException(key + " must be a whole number that is not negative");
    }
    return Long.parseLong(text);
  }

  private static long rowId(JsonNode value) throws InvalidException {
    try {
      return Long.parseUnsignedLong(value.asString(""));
    } catch (NumberFormatException _) {
      throw new InvalidException("_id must be the _id of a row, a number of 64 bits");
    }
  }

  private static TraceId traceId(JsonNode value) throws InvalidException {
    return TraceId.of(value.asString(""))
        .orElseThrow(() -> new InvalidException("trace_id must have 1 to 32 hexadecimal digits"));
  }

  private static boolean otel(@Nullable JsonNode sources) throws InvalidException {
    if (sources == null) {
      return true;
    }
    if (!sources.isArray()) {
      throw new InvalidException("signal_sources must be a list such as [\"otel\"]");
    }
    boolean otel = sources.isEmpty();
    for (JsonNode source : sources) {
      otel |= source.asString("").equalsIgnoreCase("otel");
    }
    return otel;
  }
}
