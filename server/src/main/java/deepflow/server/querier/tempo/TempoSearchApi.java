package deepflow.server.querier.tempo;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.server.http.Workers;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.search.Field;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.SpanCondition;
import deepflow.server.querier.search.TagSearch;
import deepflow.server.querier.search.TagSearch.Found;
import deepflow.server.querier.search.TagSearch.TagValue;
import deepflow.server.querier.search.TraceQl;
import deepflow.server.querier.search.TraceSearch;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tempo's API for searches, under `/api` and `/tempo/api`. An answer that may lack something says
/// so in the header `x-deepflow-partial`.
///
/// | request | answer |
/// |---|---|
/// | `GET /api/search?q&tags&minDuration&maxDuration&start&end&limit&spss` | traces, newest first |
/// | `GET /api/search/tags?scope&start&end` | `{"tagNames":[…]}` |
/// | `GET /api/v2/search/tags?scope&start&end` | `{"scopes":[{"name","tags"}]}` |
/// | `GET /api/search/tag/{name}/values?start&end&limit` | `{"tagValues":["…"]}` |
/// | `GET /api/v2/search/tag/{scoped name}/values?q&start&end&limit` | `{"tagValues":[{"type","value"}]}` |
/// | `GET /api/status/buildinfo` | the version of Tempo whose API this is |
public final class TempoSearchApi {

  private static final Logger LOG = LoggerFactory.getLogger(TempoSearchApi.class);

  private static final String BUILD =
      "{\"version\":\"2.8.0\",\"revision\":\"deepflow\",\"branch\":\"\",\"buildUser\":\"\",\"buildDate\":\"\",\"goVersion\":\"\"}";

  private final TraceSearch traces;
  private final TagSearch tags;
  private final QueryLimits limits;
  private final InstantSource clock;
  private final Workers workers;

  /// Publishes those searches.
  public TempoSearchApi(
      TraceSearch traces,
      TagSearch tags,
      QueryLimits limits,
      InstantSource clock,
      Workers workers) {
    this.traces = traces;
    this.tags = tags;
    this.limits = limits;
    this.clock = clock;
    this.workers = workers;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    for (String prefix : List.of("/api", "/tempo/api")) {
      routes.get(prefix + "/search", this::search);
      routes.get(prefix + "/search/tags", this::names);
      routes.get(prefix + "/v2/search/tags", this::scopedNames);
      routes.get(prefix + "/search/tag/{name}/values", this::values);
      routes.get(prefix + "/v2/search/tag/{name}/values", this::typedValues);
      routes.get(
          prefix + "/status/buildinfo", (_, _) -> HttpResponse.of(MediaType.JSON_UTF_8, BUILD));
    }
  }

  /// What a question does; its problems become answers in one place.
  private interface Work {
    HttpResponse answer(SearchParameters parameters) throws ClickHouseException;
  }

  private HttpResponse search(ServiceRequestContext ctx, HttpRequest request) {
    return answer(
        ctx,
        parameters ->
            json(
                SearchBody.traces(
                    traces.find(parameters.query()).traces(), limits.answerBytesMax()),
                false));
  }

  private HttpResponse names(ServiceRequestContext ctx, HttpRequest request) {
    return answer(
        ctx,
        parameters -> {
          Map<String, Found<String>> scopes = scopes(parameters);
          List<String> names =
              scopes.values().stream().flatMap(s -> s.items().stream()).distinct().toList();
          return json(SearchBody.names(names, limits.answerBytesMax()), isCut(scopes));
        });
  }

  private HttpResponse scopedNames(ServiceRequestContext ctx, HttpRequest request) {
    return answer(
        ctx,
        parameters -> {
          Map<String, Found<String>> scopes = scopes(parameters);
          Map<String, List<String>> names = new LinkedHashMap<>();
          scopes.forEach((scope, found) -> names.put(scope, found.items()));
          return json(SearchBody.scopes(names, limits.answerBytesMax()), isCut(scopes));
        });
  }

  private static boolean isCut(Map<String, Found<String>> scopes) {
    return scopes.values().stream().anyMatch(Found::cut);
  }

  /// The names of the scopes that are asked for. Attributes of events, links and scopes are not
  /// searched, so they have none.
  private Map<String, Found<String>> scopes(SearchParameters parameters)
      throws ClickHouseException {
    TagSearch.Range range = parameters.range(clock.instant());
    String wanted = parameters.scope();
    Map<String, Found<String>> scopes = new LinkedHashMap<>();
    switch (wanted) {
      case "resource" -> scopes.put(wanted, tags.keys(Scope.RESOURCE, range));
      case "span" -> scopes.put(wanted, tags.keys(Scope.SPAN, range));
      case "intrinsic" -> scopes.put(wanted, new Found<>(TagSearch.intrinsics(), false));
      case "event", "link", "instrumentation" -> scopes.put(wanted, new Found<>(List.of(), false));
      case "", "none" -> {
        scopes.put("resource", tags.keys(Scope.RESOURCE, range));
        scopes.put("span", tags.keys(Scope.SPAN, range));
        scopes.put("intrinsic", new Found<>(TagSearch.intrinsics(), false));
      }
      default ->
          throw new RefusedException(
              "scope is resource, span, intrinsic, event, link or instrumentation");
    }
    return scopes;
  }

  private HttpResponse values(ServiceRequestContext ctx, HttpRequest request) {
    return answer(
        ctx,
        parameters -> {
          String name = name(ctx);
          Field field =
              TagSearch.intrinsics().contains(name)
                  ? TraceQl.field(name)
                  : new Attribute(Scope.EITHER, name);
          Found<TagValue> found =
              tags.values(
                  field, SpanCondition.ANY, parameters.range(clock.instant()), parameters.values());
          List<String> values = found.items().stream().map(TagValue::value).distinct().toList();
          return json(SearchBody.values(values, limits.answerBytesMax()), found.cut());
        });
  }

  private HttpResponse typedValues(ServiceRequestContext ctx, HttpRequest request) {
    return answer(
        ctx,
        parameters -> {
          Found<TagValue> found =
              tags.values(
                  TraceQl.field(name(ctx)),
                  parameters.restriction(),
                  parameters.range(clock.instant()),
                  parameters.values());
          return json(SearchBody.typedValues(found.items(), limits.answerBytesMax()), found.cut());
        });
  }

  private static String name(ServiceRequestContext ctx) {
    String name = ctx.pathParam("name");
    return name == null ? "" : name;
  }

  private static HttpResponse json(byte[] body, boolean cut) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.OK).contentType(MediaType.JSON_UTF_8);
    if (cut) {
      headers.set("x-deepflow-partial", "there may be more than these");
    }
    return HttpResponse.of(headers.build(), HttpData.wrap(body));
  }

  private HttpResponse answer(ServiceRequestContext ctx, Work work) {
    SearchParameters parameters = new SearchParameters(ctx.queryParams()::getAll);
    return workers.answer(
        () -> guarded(work, parameters), () -> Answers.busy("too many ask at once"));
  }

  private static HttpResponse guarded(Work work, SearchParameters parameters) {
    try {
      return work.answer(parameters);
    } catch (RefusedException e) {
      return Answers.error(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), e.hint());
    } catch (LimitedOutput.TooLargeException e) {
      return Answers.error(
          HttpStatus.REQUEST_ENTITY_TOO_LARGE, "the answer is too large", "set a lower limit");
    } catch (ClickHouseException e) {
      if (e.kind() == ClickHouseException.Kind.BUSY) {
        return Answers.error(
            HttpStatus.SERVICE_UNAVAILABLE,
            "the search took too much time or memory",
            "narrow the time range");
      }
      LOG.error("a search failed", e);
      return Answers.error(HttpStatus.INTERNAL_SERVER_ERROR, "the search failed", "");
    }
  }
}
