package deepflow.server.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns away what a page of another origin could make a browser ask, and tells browsers what pages
/// of ours may do.
///
/// - A Host that isn't known as ours is refused: a foreign name that was bound to our address (DNS
///   rebinding) arrives with its own name.
/// - A request that changes or asks by POST is refused when the browser says that another site sent
///   it. There are no CORS headers, so other sites can't read answers either.
final class Guard implements DecoratingHttpServiceFunction {

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
          + " connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

  private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD);

  private final KnownHosts knownHosts;

  Guard(KnownHosts knownHosts) {
    this.knownHosts = knownHosts;
  }

  @Override
  public HttpResponse serve(HttpService delegate, ServiceRequestContext ctx, HttpRequest request)
      throws Exception {
    ctx.mutateAdditionalResponseHeaders(headers -> {
      headers.set(HttpHeaderNames.CONTENT_SECURITY_POLICY, POLICY);
      headers.set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff");
      headers.set(HttpHeaderNames.REFERRER_POLICY, "same-origin");
      headers.set("cross-origin-resource-policy", "same-origin");
    });
    HttpResponse refusal = refusal(request.headers());
    return refusal == null ? delegate.serve(ctx, request) : refusal;
  }

  private @Nullable HttpResponse refusal(RequestHeaders headers) {
    String authority = headers.authority();
    if (authority == null || !knownHosts.contains(KnownHosts.nameOf(authority))) {
      return Answers.error(
          HttpStatus.MISDIRECTED_REQUEST,
          "the server isn't known under the host '%s'".formatted(shown(authority)),
          "add the name to the setting server.hosts (--server-hosts)");
    }
    if (!SAFE.contains(headers.method()) && isFromOtherSite(headers, authority)) {
      return Answers.error(
          HttpStatus.FORBIDDEN,
          "a page of another site sent this",
          "send it from a page of this server, or from a program");
    }
    return null;
  }

  private static String shown(@Nullable String authority) {
    return authority == null ? "" : authority.substring(0, Math.min(100, authority.length()));
  }

  private static boolean isFromOtherSite(RequestHeaders headers, String authority) {
    String site = headers.get("sec-fetch-site", "none");
    if (!site.equals("none") && !site.equals("same-origin")) {
      return true;
    }
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    return origin != null && !authority.equalsIgnoreCase(authorityOf(origin));
  }

  private static @Nullable String authorityOf(String origin) {
    try {
      return new URI(origin).getRawAuthority();
    } catch (URISyntaxException _) {
      return null;
    }
  }
}
