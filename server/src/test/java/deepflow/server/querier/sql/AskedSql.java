package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Engine;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks SQL in English, of the minute where a table has several precisions.
final class AskedSql {
  private static final JsonMapper JSON = new JsonMapper();

  private AskedSql() {}

  /// The rows of what must have an answer, each an array of values.
  static JsonNode values(Engine engine, String sql) {
    return values(engine, "flow_log", sql);
  }

  /// The same of another database.
  static JsonNode values(Engine engine, String database, String sql) {
    SqlAnswer answer = answer(engine, database, sql);
    assertThat(answer.outcome())
        .as(new String(answer.json(), StandardCharsets.UTF_8))
        .isEqualTo(SqlAnswer.Outcome.SUCCESS);
    return values(answer);
  }

  /// Whatever is answered.
  static SqlAnswer answer(Engine engine, String database, String sql) {
    return new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
        .answer(new SqlQuestion(database, "", sql, Language.ENGLISH, false, ""));
  }

  /// The rows of an answer.
  static JsonNode values(SqlAnswer answer) {
    return JSON.readTree(new String(answer.json(), StandardCharsets.UTF_8))
        .path("result")
        .path("values");
  }
}
