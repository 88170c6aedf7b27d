package deepflow.server.http;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpResponseException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is answered when no service could: JSON, and never a stack trace.
final class ErrorPages implements ServerErrorHandler {

  private static final Logger LOG = LoggerFactory.getLogger(ErrorPages.class);

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
    return switch (cause) {
      case HttpResponseException _ -> null; // Armeria's own way to carry an answer
      case HttpStatusException e -> page(e.httpStatus());
      case RequestTimeoutException _ -> page(HttpStatus.SERVICE_UNAVAILABLE);
      case ContentTooLargeException _ -> page(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
      default -> {
        LOG.error("{} {} failed", ctx.method(), ctx.path(), cause);
        yield page(HttpStatus.INTERNAL_SERVER_ERROR);
      }
    };
  }

  private static HttpResponse page(HttpStatus status) {
    return Answers.error(status, status.reasonPhrase(), "");
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext ctx,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    return Answers.aggregatedError(status, status.reasonPhrase(), "");
  }
}
