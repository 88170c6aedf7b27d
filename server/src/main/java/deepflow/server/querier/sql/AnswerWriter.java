package deepflow.server.querier.sql;

import deepflow.clickhouse.ColumnType;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.LimitedOutput;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Writes DeepFlow's answer: `{"OPT_STATUS":"SUCCESS","DESCRIPTION":"","result":{"columns":[…],
/// "values":[[…]],"schemas":[{"unit","type","value_type","pre_as","label_type"}]},"debug":…}`.
/// `type` is 0 for a tag and 1 for a metric; `value_type` is ClickHouse's type.
///
/// Source: DeepFlow `server/querier/router/response.go` and `common/result.go` at 2026e9d.
final class AnswerWriter {

  private final LimitedOutput output;
  private final JsonGenerator json;
  private List<Translation.Column> columns = List.of();
  private List<ColumnType> types = List.of();

  AnswerWriter(int bytesMax) {
    output = new LimitedOutput(bytesMax);
    json = JsonOutput.generator(output);
  }

  void begin(List<Translation.Column> names, List<ColumnType> engineTypes) {
    columns = names;
    types = engineTypes;
    json.writeStartObject();
    json.writeStringProperty("OPT_STATUS", "SUCCESS");
    json.writeStringProperty("DESCRIPTION", "");
    json.writeObjectPropertyStart("result");
    json.writeArrayPropertyStart("columns");
    names.forEach(column -> json.writeString(column.name()));
    json.writeEndArray();
    json.writeArrayPropertyStart("values");
  }

  void row(Rows rows) {
    json.writeStartArray();
    for (int i = 0; i < columns.size(); i++) {
      JsonValues.write(json, rows, i, types.get(i), columns.get(i).rendering());
    }
    json.writeEndArray();
  }

  byte[] end(SqlQuestion question, Translation translation, double seconds) {
    json.writeEndArray();
    json.writeArrayPropertyStart("schemas");
    for (int i = 0; i < columns.size(); i++) {
      schema(columns.get(i), types.get(i));
    }
    json.writeEndArray();
    json.writeEndObject();
    json.writeName("debug");
    if (question.debug()) {
      debug(question, translation, seconds);
    } else {
      json.writeNull();
    }
    json.writeEndObject();
    json.close();
    return output.toByteArray();
  }

  private void schema(Translation.Column column, ColumnType type) {
    json.writeStartObject();
    json.writeStringProperty("unit", column.unit());
    json.writeNumberProperty("type", column.metric() ? 1 : 0);
    json.writeStringProperty("value_type", type.type());
    json.writeStringProperty("pre_as", column.preAs());
    json.writeStringProperty("label_type", "");
    json.writeEndObject();
  }

  private void debug(SqlQuestion question, Translation translation, double seconds) {
    json.writeStartObject();
    json.writeArrayPropertyStart("query_sqls");
    json.writeStartObject();
    json.writeStringProperty("IP", "");
    json.writeStringProperty("Sql", translation.sql());
    json.writeStringProperty("QueryTime", String.format(Locale.ROOT, "%.9fs", seconds));
    json.writeStringProperty("QueryUUID", question.queryId());
    json.writeStringProperty("Error", "");
    json.writeObjectPropertyStart("Parameters");
    translation.parameters().forEach(json::writeStringProperty);
    json.writeEndObject();
    json.writeEndObject();
    json.writeEndArray();
    json.writeEndObject();
  }

  byte[] failure(String status, @Nullable String description) {
    LimitedOutput body = new LimitedOutput(64 << 10);
    try (JsonGenerator generator = JsonOutput.generator(body)) {
      generator.writeStartObject();
      generator.writeStringProperty("OPT_STATUS", status);
      generator.writeStringProperty("DESCRIPTION", shortened(description));
      generator.writeNullProperty("result");
      generator.writeNullProperty("debug");
      generator.writeEndObject();
    }
    return body.toByteArray();
  }

  private static String shortened(@Nullable String description) {
    if (description == null) {
      return "";
    }
    return description.length() <= 4096 ? description : description.substring(0, 4096) + "…";
  }
}
