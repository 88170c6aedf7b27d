package deepflow.server.querier.export;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.UiApi;
import deepflow.server.querier.search.SearchException;
import deepflow.server.querier.search.SpanSearch;
import deepflow.server.storage.SpanReader.TooLargeException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `GET /v1/export`: spans as a stream of OTLP messages, with the parameters of [ExportQuestion].
///
/// A page of spans is read when the one before has left for the client, so a slow client slows the
/// reading and nothing piles up. What goes wrong behind the first byte breaks the connection off,
/// so that half an export never looks like a whole one. Two at a time; the next is told to come
/// back.
public final class ExportApi {

  private static final Logger LOG = LoggerFactory.getLogger(ExportApi.class);
  private static final int EXPORTS_MAX = 2;

  /// How long a client may leave a piece unread.
  private static final Duration IDLE_MAX = Duration.ofMinutes(2);

  private final SpanSearch search;
  private final Semaphore places = new Semaphore(EXPORTS_MAX);

  /// Publishes what that search finds.
  public ExportApi(SpanSearch search) {
    this.search = search;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get(
        "/v1/export",
        (ctx, request) -> serve(ctx, request.headers().get(HttpHeaderNames.ACCEPT, "")));
  }

  private HttpResponse serve(ServiceRequestContext ctx, String accept) {
    Parameters asked = UiApi.parameters(ctx.queryParams());
    ExportQuestion question;
    try {
      question = ExportQuestion.of(asked, accept);
    } catch (RefusedException e) {
      return Answers.error(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), e.hint());
    }
    if (!places.tryAcquire()) {
      return Answers.busy("two exports are running");
    }
    ctx.clearRequestTimeout();
    HttpResponseWriter response = HttpResponse.streaming();
    Thread.ofVirtual()
        .name("export")
        .start(() -> {
          try {
            run(question, response);
          } finally {
            places.release();
          }
        });
    return response;
  }

  private void run(ExportQuestion question, HttpResponseWriter response) {
    boolean begun = false;
    try {
      Export export = new Export(search, question);
      byte[] piece = export.next();
      response.write(
          ResponseHeaders.builder(HttpStatus.OK)
              .set(HttpHeaderNames.CONTENT_TYPE, question.format().mediaType())
              .build());
      begun = true;
      while (piece.length > 0 && response.tryWrite(HttpData.wrap(piece))) {
        response.whenConsumed().get(IDLE_MAX.toSeconds(), TimeUnit.SECONDS);
        piece = export.next();
      }
      response.close();
    } catch (ClosedStreamException | ExecutionException | CompletionException e) {
      LOG.debug("an export's client went away", e);
      response.close(e);
    } catch (TimeoutException | InterruptedException e) {
      response.close(e);
    } catch (SearchException e) {
      refuse(response, begun, HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    } catch (TooLargeException e) {
      String words = "spans of one trace and start are larger than 128 MiB";
      refuse(response, begun, HttpStatus.REQUEST_ENTITY_TOO_LARGE, words, e);
    } catch (ClickHouseException e) {
      boolean busy = e.kind() == ClickHouseException.Kind.BUSY;
      LOG.warn("an export failed", e);
      refuse(
          response,
          begun,
          busy ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.INTERNAL_SERVER_ERROR,
          busy ? "the search took too much time or memory" : "reading the store failed",
          e);
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.error("an export failed", e);
      refuse(response, begun, HttpStatus.INTERNAL_SERVER_ERROR, "the export failed", e);
    }
  }

  private static void refuse(
      HttpResponseWriter response,
      boolean begun,
      HttpStatus status,
      String error,
      Throwable cause) {
    if (begun) {
      response.close(cause);
    } else {
      response.close(Answers.aggregatedError(status, error, ""));
    }
  }
}
