package deepflow.server.http;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.HttpService;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What is served where. A path that is asked with another method is answered 405.
public final class Routes {

  private final Map<String, HttpService> services = new LinkedHashMap<>();

  /// Serves GET and HEAD on a path, which may have variables: `/api/traces/{id}`.
  public void get(String path, HttpService service) {
    services.put(path, only(Set.of(HttpMethod.GET, HttpMethod.HEAD), "GET, HEAD", service));
  }

  /// Serves POST on a path.
  public void post(String path, HttpService service) {
    services.put(path, only(Set.of(HttpMethod.POST), "POST", service));
  }

  private static HttpService only(Set<HttpMethod> methods, String names, HttpService service) {
    return (ctx, request) -> {
      if (methods.contains(request.method())) {
        return service.serve(ctx, request);
      }
      ctx.mutateAdditionalResponseHeaders(headers -> headers.set("allow", names));
      return Answers.error(HttpStatus.METHOD_NOT_ALLOWED, "takes %s only".formatted(names), "");
    };
  }

  Map<String, HttpService> services() {
    return services;
  }
}
