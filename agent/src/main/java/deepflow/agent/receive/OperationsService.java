package deepflow.agent.receive;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// `/ready`, `/live` and `/metrics`, for whoever runs the agent.
final class OperationsService implements HttpService {
  private static final MediaType PROMETHEUS =
      MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  /// Answers to `/metrics` that are on their way at a time: they are large, and whoever doesn't
  /// read them must not fill the heap with them.
  private static final int SCRAPES_MAX = 8;

  private final Semaphore scrapes = new Semaphore(SCRAPES_MAX);
  private final Health health;
  private final PrometheusMeterRegistry registry;
  private volatile boolean stopping;

  OperationsService(Health health, PrometheusMeterRegistry registry) {
    this.health = health;
    this.registry = registry;
  }

  /// From now on the agent is not ready.
  void stop() {
    stopping = true;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
      return HttpResponse.of(
          ResponseHeaders.builder(HttpStatus.METHOD_NOT_ALLOWED)
              .contentType(MediaType.PLAIN_TEXT_UTF_8)
              .set(HttpHeaderNames.ALLOW, "GET, HEAD")
              .build(),
          HttpData.ofUtf8(request.method() + " is neither GET nor HEAD\n"));
    }
    return switch (context.path()) {
      case "/ready" ->
          answer(stopping ? Optional.of("the agent is stopping") : health.notReady(), "ready");
      case "/live" -> answer(health.stuck(), "live");
      default -> metrics(context);
    };
  }

  private HttpResponse metrics(ServiceRequestContext context) {
    if (!scrapes.tryAcquire()) {
      return answer(Optional.of("too many answers to /metrics are on their way"), "");
    }
    var _ = context.log().whenComplete().thenRun(scrapes::release);
    return HttpResponse.of(HttpStatus.OK, PROMETHEUS, registry.scrape());
  }

  private static HttpResponse answer(Optional<String> problem, String good) {
    return HttpResponse.of(
        problem.isEmpty() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
        MediaType.PLAIN_TEXT_UTF_8,
        problem.orElse(good) + "\n");
  }
}
