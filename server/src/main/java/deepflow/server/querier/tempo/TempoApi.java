package deepflow.server.querier.tempo;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.server.http.Workers;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.SpanReader;
import deepflow.server.storage.Trace;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tempo's API for a trace by its id, under `/api` and `/tempo/api`. A trace is always given whole,
/// in the order of its spans' starts: `start` and `end` are checked and no more, since spans
/// outside of them belong to the trace too. One that is too large is cut, and says so: in version 2
/// by its status, in both by the header `x-deepflow-partial`.
public final class TempoApi {

  private static final Logger LOG = LoggerFactory.getLogger(TempoApi.class);

  /// Spans of one answer.
  static final int SPANS_MAX = 100_000;

  private static final MediaType PROTOBUF = MediaType.create("application", "protobuf");

  private final SpanReader reader;
  private final QueryLimits limits;
  private final Workers workers;

  /// Publishes what that reader finds.
  public TempoApi(SpanReader reader, QueryLimits limits, Workers workers) {
    this.reader = reader;
    this.limits = limits;
    this.workers = workers;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    for (String prefix : List.of("/api", "/tempo/api")) {
      routes.get(prefix + "/echo", (_, _) -> HttpResponse.of("echo"));
      routes.get(prefix + "/traces/{id}", (ctx, request) -> serve(ctx, request, false));
      routes.get(prefix + "/v2/traces/{id}", (ctx, request) -> serve(ctx, request, true));
    }
  }

  private HttpResponse serve(ServiceRequestContext ctx, HttpRequest request, boolean v2) {
    String text = ctx.pathParam("id");
    Optional<TraceId> id = TraceId.of(text == null ? "" : text);
    if (id.isEmpty()) {
      return Answers.error(HttpStatus.BAD_REQUEST, "a trace id has 1 to 32 hexadecimal digits", "");
    }
    for (String bound : List.of("start", "end")) {
      String seconds = ctx.queryParam(bound);
      if (seconds != null && !seconds.matches("\\d{0,19}")) {
        return Answers.error(HttpStatus.BAD_REQUEST, bound + " must be Unix seconds", "");
      }
    }
    boolean protobuf = wantsProtobuf(request.headers());
    return workers.answer(
        () -> answer(id.get(), v2, protobuf), () -> Answers.busy("too many ask at once"));
  }

  private static boolean wantsProtobuf(RequestHeaders headers) {
    return headers.get(HttpHeaderNames.ACCEPT, "").contains("application/protobuf");
  }

  private HttpResponse answer(TraceId id, boolean v2, boolean protobuf) {
    try {
      SpanReader.Found found =
          reader.trace(id.hex(), SpanReader.TimeRange.ALL, SPANS_MAX, limits.answerBytesMax());
      Trace trace = found.all();
      if (trace.isEmpty()) {
        return Answers.error(
            HttpStatus.NOT_FOUND, "no span of trace %s is here".formatted(id.hex()), "");
      }
      while (true) {
        try {
          return answer(trace, v2, protobuf);
        } catch (LimitedOutput.TooLargeException e) {
          if (trace.spans() <= 1) {
            throw e;
          }
          trace = found.first(fewer(trace.spans()));
        }
      }
    } catch (LimitedOutput.TooLargeException e) {
      return Answers.error(HttpStatus.REQUEST_ENTITY_TOO_LARGE, "a span is too large", "");
    } catch (ClickHouseException e) {
      return failed(id, e);
    }
  }

  /// An answer is longer than its spans, as JSON two or three times: a few tries are enough.
  private static int fewer(int spans) {
    return (int) (spans * 3L / 4);
  }

  private static HttpResponse failed(TraceId id, ClickHouseException e) {
    if (e.kind() == ClickHouseException.Kind.BUSY) {
      return Answers.busy("the store has no room for the question now");
    }
    LOG.error("reading trace {} failed", id.hex(), e);
    return Answers.error(HttpStatus.INTERNAL_SERVER_ERROR, "reading the trace failed", "");
  }

  private HttpResponse answer(Trace trace, boolean v2, boolean protobuf) {
    TraceBody body = new TraceBody(trace, limits.answerBytesMax());
    ResponseHeadersBuilder headers = ResponseHeaders.builder(HttpStatus.OK);
    headers.contentType(protobuf ? PROTOBUF : MediaType.JSON);
    headers.set(HttpHeaderNames.VARY, "accept");
    if (trace.truncated()) {
      headers.set("x-deepflow-partial", body.message());
    }
    byte[] content;
    if (v2) {
      content = protobuf ? body.protobufV2() : body.jsonV2();
    } else {
      content = protobuf ? body.protobuf() : body.json();
    }
    return HttpResponse.of(headers.build(), HttpData.wrap(content));
  }
}
