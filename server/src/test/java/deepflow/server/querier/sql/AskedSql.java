package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Engine;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks SQL that must have an answer.
final class AskedSql {
  private static final JsonMapper JSON = new JsonMapper();

  private AskedSql() {}

  /// The rows, each an array of values.
  static JsonNode values(Engine engine, String sql) {
    return values(engine, "flow_log", sql);
  }

  /// The same of another database.
  static JsonNode values(Engine engine, String database, String sql) {
    SqlAnswer answer =
        new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
            .answer(new SqlQuestion(database, "", sql, Language.ENGLISH, false, ""));
    String json = new String(answer.json(), StandardCharsets.UTF_8);
    assertThat(answer.outcome()).as(json).isEqualTo(SqlAnswer.Outcome.SUCCESS);
    return JSON.readTree(json).path("result").path("values");
  }
}
