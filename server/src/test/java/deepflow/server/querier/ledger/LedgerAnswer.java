package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouse;
import deepflow.server.http.Workers;
import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.UiApi;
import java.io.ByteArrayOutputStream;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What `GET /v1/ledger` answers.
record LedgerAnswer(JsonNode json) {
  private static final JsonMapper JSON = new JsonMapper();

  /// Asks.
  ///
  /// @param asked such as `by=agent`
  static LedgerAnswer of(ClickHouse clickHouse, InstantSource clock, String... asked)
      throws Exception {
    Map<String, List<String>> values = new HashMap<>();
    for (String parameter : asked) {
      String[] sides = parameter.split("=", 2);
      values.put(sides[0], List.of(sides[1]));
    }
    var api =
        new LedgerApi(
            new LossLedger(clickHouse, QueryLimits.DEFAULT),
            new LedgerSteps(clickHouse, QueryLimits.DEFAULT),
            clock,
            new UiApi(new Workers(1, 1)));
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonOutput.generator(bytes)) {
      json.writeStartObject();
      api.answer(new Parameters(values)).accept(json);
      json.writeEndObject();
    }
    return new LedgerAnswer(JSON.readTree(bytes.toByteArray()));
  }

  /// A column of numbers, by the first word of each row.
  Map<String, Long> column(String name) {
    int at = index(name);
    Map<String, Long> cells = new HashMap<>();
    json.path("values").forEach(row -> cells.put(row.path(0).asString(), row.path(at).asLong()));
    return cells;
  }

  /// A column of numbers, of all rows.
  List<Long> numbers(String name) {
    int at = index(name);
    return json.path("values").valueStream().map(row -> row.path(at).asLong()).toList();
  }

  private int index(String name) {
    return json.path("columns").valueStream().map(JsonNode::asString).toList().indexOf(name);
  }
}
