package deepflow.agent.receive;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers where the HTTP server itself gave up on a request, in the same form as all other
/// answers.
final class ErrorHandler implements ServerErrorHandler {
  private static final Logger log = LoggerFactory.getLogger(ErrorHandler.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  @Override
  public HttpResponse onServiceException(ServiceRequestContext context, Throwable cause) {
    boolean late = cause instanceof RequestTimeoutException;
    if (!late) {
      log.debug("{} {}", context.method(), context.path(), cause);
    }
    String message = late ? "the request took too long" : "the request could not be handled";
    return Answers.of(
        new Answer.Busy(RETRY_AFTER, message), Dialect.forError(context.request().headers()));
  }

  @Override
  public @Nullable AggregatedHttpResponse onProtocolViolation(
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    String message = description == null ? status.reasonPhrase() : description;
    Dialect dialect = headers == null ? Dialect.HTTP_JSON : Dialect.forError(headers);
    return Answers.violation(status, message, dialect);
  }
}
