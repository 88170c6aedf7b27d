package deepflow.server.http;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.HttpService;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/// What is served where. A path that is asked with another method is answered 405.
public final class Routes {

  private final Map<String, Map<HttpMethod, HttpService>> services = new LinkedHashMap<>();
  private final Map<String, HttpService> streams = new LinkedHashMap<>();

  /// Serves GET and HEAD on a path, which may have variables: `/api/traces/{id}`.
  public void get(String path, HttpService service) {
    on(HttpMethod.GET, path, service);
    on(HttpMethod.HEAD, path, service);
  }

  /// Serves POST on a path.
  public void post(String path, HttpService service) {
    on(HttpMethod.POST, path, service);
  }

  /// Serves another method on a path.
  public void on(HttpMethod method, String path, HttpService service) {
    services.computeIfAbsent(path, _ -> new LinkedHashMap<>()).put(method, service);
  }

  /// Serves every method on a path, as it is: answers aren't compressed, and may go on for ever.
  public void stream(String path, HttpService service) {
    streams.put(path, service);
  }

  private static HttpService byMethod(Map<HttpMethod, HttpService> methods) {
    String names =
        methods.keySet().stream().map(HttpMethod::name).collect(Collectors.joining(", "));
    return (ctx, request) -> {
      HttpService service = methods.get(request.method());
      if (service != null) {
        return service.serve(ctx, request);
      }
      ctx.mutateAdditionalResponseHeaders(headers -> headers.set("allow", names));
      return Answers.error(HttpStatus.METHOD_NOT_ALLOWED, "takes %s only".formatted(names), "");
    };
  }

  void forEach(BiConsumer<String, HttpService> each) {
    services.forEach((path, methods) -> each.accept(path, byMethod(methods)));
  }

  void forEachStream(BiConsumer<String, HttpService> each) {
    streams.forEach(each);
  }
}
