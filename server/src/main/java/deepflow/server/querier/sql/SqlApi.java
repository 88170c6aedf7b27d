package deepflow.server.querier.sql;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.server.http.Workers;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `POST /v1/query/`: DeepFlow SQL. The body is a form with `db`, `sql` and perhaps
/// `data_precision`, or the same as JSON; query parameters `debug=true` and `query_uuid`; header
/// `X-Language` is `en` or `zh`.
public final class SqlApi {

  private static final JsonMapper JSON = new JsonMapper();

  private final SqlQuerier querier;
  private final Workers workers;

  /// Publishes that querier.
  public SqlApi(SqlQuerier querier, Workers workers) {
    this.querier = querier;
    this.workers = workers;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.post("/v1/query/", this::serve);
    routes.post("/v1/query", this::serve);
  }

  private HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    return HttpResponse.of(request.aggregate().thenApply(whole -> answer(ctx, whole)));
  }

  private HttpResponse answer(ServiceRequestContext ctx, AggregatedHttpRequest request) {
    Optional<SqlQuestion> question = question(ctx, request);
    if (question.isEmpty()) {
      return toHttp(SqlQuerier.unreadable("the body must be a form or JSON with db and sql"));
    }
    return workers.answer(
        () -> toHttp(querier.answer(question.get())), () -> toHttp(SqlQuerier.tooMany()));
  }

  private static HttpResponse toHttp(SqlAnswer answer) {
    HttpStatus status =
        switch (answer.outcome()) {
          case SUCCESS -> HttpStatus.OK;
          case REFUSED -> HttpStatus.BAD_REQUEST;
          case BUSY -> HttpStatus.SERVICE_UNAVAILABLE;
          case FAILED -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
    return Answers.json(status, answer.json());
  }

  private static Optional<SqlQuestion> question(
      ServiceRequestContext ctx, AggregatedHttpRequest request) {
    MediaType type = request.contentType();
    if (type != null && type.belongsTo(MediaType.JSON)) {
      return json(ctx, request);
    }
    // DeepFlow takes a form whatever the content type says; curl -d sends this one.
    QueryParams form = QueryParams.fromQueryString(request.contentUtf8());
    String sql = form.get("sql");
    return sql == null
        ? json(ctx, request)
        : Optional.of(
            question(ctx, request, form.get("db", ""), form.get("data_precision", ""), sql));
  }

  private static Optional<SqlQuestion> json(
      ServiceRequestContext ctx, AggregatedHttpRequest request) {
    try {
      JsonNode body = JSON.readTree(request.contentUtf8());
      JsonNode sql = body == null ? null : body.get("sql");
      if (sql == null || !sql.isString()) {
        return Optional.empty();
      }
      String database = body.path("db").asString("");
      String precision = body.path("data_precision").asString("");
      return Optional.of(question(ctx, request, database, precision, sql.asString()));
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  private static SqlQuestion question(
      ServiceRequestContext ctx,
      AggregatedHttpRequest request,
      String database,
      String precision,
      String sql) {
    QueryParams parameters = ctx.queryParams();
    return new SqlQuestion(
        database,
        precision,
        sql,
        Language.of(request.headers().get("x-language")),
        parameters.get("debug", "").equals("true"),
        parameters.get("query_uuid", ""));
  }
}
