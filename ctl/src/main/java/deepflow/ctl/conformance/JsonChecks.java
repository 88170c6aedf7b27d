package deepflow.ctl.conformance;

import static deepflow.ctl.conformance.Check.must;
import static deepflow.ctl.conformance.Check.should;
import static deepflow.ctl.conformance.Transport.HTTP;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// O14, and what of O13, O15 to O17 is peculiar to JSON.
final class JsonChecks {
  /// Fields of every type, none of which OTLP has.
  private static final String UNKNOWN =
      """
      "unknown":{"a":[1,{"b":null}],"c":"x"},"unknownArray":[[],{}],"unknownNumber":1e300,\
      "unknownNull":null,"unknownTrue":true,"unknownText":"\\ud83d\\ude00\"\
      """;

  private JsonChecks() {}

  static List<Check> all() {
    return Stream.of(ids(), scalars(), names()).flatMap(List::stream).toList();
  }

  private static List<Check> ids() {
    return List.of(
        must(
            "O14.1",
            HTTP,
            "takes ids in lower-case hexadecimal digits",
            Source.JSON,
            s -> Expect.taken(s.json(JsonTraces.span(s.traces(), "")))),
        must("O14.2", HTTP, "takes ids in upper and mixed case", Source.JSON, JsonChecks::anyCase),
        must("O14.3", HTTP, "doesn't take ids in base64", Source.JSON, JsonChecks::base64Ids),
        should(
            "O17.6",
            HTTP,
            "doesn't take ids of a wrong length or of other characters",
            Source.TRACE_PROTO,
            JsonChecks::badIds));
  }

  private static List<Check> scalars() {
    return List.of(
        must(
            "O14.4",
            HTTP,
            "takes 64-bit integers as strings",
            Source.JSON,
            s -> value(s, "{\"intValue\":\"-9223372036854775808\"}")),
        must("O14.5", HTTP, "takes 64-bit integers as numbers", Source.JSON, JsonChecks::numbers),
        must(
            "O14.6",
            HTTP,
            "takes doubles as numbers and strings, NaN and infinities",
            Source.PROTO_JSON,
            JsonChecks::doubles),
        must(
            "O14.7",
            HTTP,
            "takes bytes in base64, with padding",
            Source.PROTO_JSON,
            s -> value(s, "{\"bytesValue\":\"+/8=\"}")),
        must(
            "O14.8",
            HTTP,
            "takes bytes in URL-safe base64, without padding",
            Source.PROTO_JSON,
            s -> value(s, "{\"bytesValue\":\"-_8\"}")),
        must(
            "O14.9",
            HTTP,
            "takes null as absent, in every kind of field",
            Source.PROTO_JSON,
            JsonChecks::nulls),
        must(
            "O14.10",
            HTTP,
            "takes enum values as numbers, unknown ones too",
            Source.JSON,
            JsonChecks::enums),
        must(
            "O14.11",
            HTTP,
            "takes every escape and every script in strings",
            Source.PROTO_JSON,
            s -> value(s, "{\"stringValue\":\"\\u00e9\\ud83d\\ude00\\n\\/ 你好\"}")),
        must(
            "O15.6",
            HTTP,
            "takes empty, bytes, mixed and nested values everywhere in JSON",
            Source.COMMON_PROTO,
            JsonChecks::values));
  }

  private static List<Check> names() {
    return List.of(
        must(
            "O14.12",
            HTTP,
            "ignores fields that it doesn't know, of any type, at any depth",
            Source.JSON,
            JsonChecks::unknownFields),
        should(
            "O14.13",
            HTTP,
            "ignores names in snake_case as unknown ones",
            Source.JSON,
            s ->
                Expect.all(
                    Expect.taken(s.json("{\"resource_spans\":5}")),
                    Expect.taken(s.json(JsonTraces.span(s.traces(), ",\"trace_state\":5"))))),
        should(
            "O13.3",
            HTTP,
            "takes an empty request in JSON",
            Source.FULL_SUCCESS,
            s ->
                Expect.all(
                    Expect.taken(s.json("{}")), Expect.taken(s.json("{\"resourceSpans\":[]}")))),
        must(
            "O16.3",
            HTTP,
            "doesn't fail over string indexes in JSON",
            Source.COMMON_PROTO,
            s ->
                Expect.all(
                    value(s, "{\"stringValueStrindex\":4}"),
                    Expect.taken(
                        s.json(
                            JsonTraces.span(
                                s.traces().traceId(),
                                s.traces().spanId(),
                                "{\"keyStrindex\":3,\"value\":{\"stringValue\":\"v\"}}",
                                ""))))));
  }

  private static Outcome value(Session session, String anyValue) throws IOException {
    return Expect.taken(session.json(JsonTraces.value(session.traces(), anyValue)));
  }

  private static Outcome anyCase(Session session) throws IOException {
    String upper = session.traces().traceId().toUpperCase(Locale.ROOT);
    String mixed = "aB" + session.traces().spanId().substring(2);
    String link = "\"links\":[{\"traceId\":\"%s\",\"spanId\":\"%s\"}]".formatted(upper, mixed);
    String more = ",\"parentSpanId\":\"ABCDEFabcdef0123\"," + link;
    return Expect.taken(session.json(JsonTraces.span(upper, mixed, "", more)));
  }

  private static Outcome base64Ids(Session session) throws IOException {
    String traceId = Base64.getEncoder().encodeToString(session.traces().id(16));
    String spanId = Base64.getEncoder().encodeToString(session.traces().id(8));
    return Expect.notTaken(session.json(JsonTraces.span(traceId, spanId, "", "")));
  }

  private static Outcome badIds(Session session) throws IOException {
    Traces traces = session.traces();
    String traceId = traces.traceId();
    String spanId = traces.spanId();
    return Expect.all(
        Expect.notTaken(session.json(JsonTraces.span(traceId.substring(2), spanId, "", ""))),
        Expect.notTaken(session.json(JsonTraces.span("", spanId, "", ""))),
        Expect.notTaken(session.json(JsonTraces.span("0".repeat(32), spanId, "", ""))),
        Expect.notTaken(session.json(JsonTraces.span(traceId, spanId + "00", "", ""))),
        Expect.notTaken(session.json(JsonTraces.span(traceId, "xyxyxyxyxyxyxyxy", "", ""))));
  }

  private static Outcome numbers(Session session) throws IOException {
    return Expect.all(
        value(session, "{\"intValue\":9223372036854775807}"),
        Expect.taken(
            session.json(
                JsonTraces.span(session.traces(), "")
                    .replace("\"1700000000001000000\"", "1700000000001000000"))));
  }

  private static Outcome doubles(Session session) throws IOException {
    return Expect.all(
        value(session, "{\"doubleValue\":1.5e-3}"),
        value(session, "{\"doubleValue\":7}"),
        value(session, "{\"doubleValue\":\"2.5\"}"),
        value(session, "{\"doubleValue\":\"NaN\"}"),
        value(session, "{\"doubleValue\":\"Infinity\"}"),
        value(session, "{\"doubleValue\":\"-Infinity\"}"));
  }

  private static Outcome nulls(Session session) throws IOException {
    String fields =
        ",\"parentSpanId\":null,\"traceState\":null,\"flags\":null,\"events\":null,\"links\":null,"
            + "\"status\":null,\"droppedEventsCount\":null";
    return Expect.all(
        value(session, "null"),
        value(session, "{\"stringValue\":null}"),
        Expect.taken(session.json(JsonTraces.span(session.traces(), fields))),
        Expect.taken(session.json("{\"resourceSpans\":null}")));
  }

  private static Outcome enums(Session session) throws IOException {
    String one = JsonTraces.span(session.traces(), ",\"status\":{\"code\":2}");
    return Expect.all(
        Expect.taken(session.json(one.replace("\"kind\":1", "\"kind\":5"))),
        Expect.taken(
            session.json(
                JsonTraces.span(session.traces(), ",\"status\":{\"code\":77}")
                    .replace("\"kind\":1", "\"kind\":99"))));
  }

  private static Outcome values(Session session) throws IOException {
    String mixed =
        "{\"arrayValue\":{\"values\":[{\"stringValue\":\"\"},{\"intValue\":\"1\"},{},"
            + "{\"boolValue\":false},{\"bytesValue\":\"AQI=\"},"
            + "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{}}}]}}]}}";
    return Expect.all(
        Expect.taken(session.json(JsonTraces.everywhere(session.traces(), "{}"))),
        Expect.taken(
            session.json(JsonTraces.everywhere(session.traces(), "{\"bytesValue\":\"\"}"))),
        Expect.taken(session.json(JsonTraces.everywhere(session.traces(), mixed))));
  }

  private static Outcome unknownFields(Session session) throws IOException {
    String everywhere =
        JsonTraces.everywhere(session.traces(), "{\"stringValue\":\"v\"," + UNKNOWN + "}")
            .replace("{\"resourceSpans\"", "{" + UNKNOWN + ",\"resourceSpans\"")
            .replace("{\"resource\"", "{" + UNKNOWN + ",\"resource\"")
            .replace("{\"attributes\"", "{" + UNKNOWN + ",\"attributes\"")
            .replace("{\"key\"", "{" + UNKNOWN + ",\"key\"")
            .replace("{\"traceId\"", "{" + UNKNOWN + ",\"traceId\"");
    return Expect.taken(session.json(everywhere));
  }
}
