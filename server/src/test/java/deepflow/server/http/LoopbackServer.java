package deepflow.server.http;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// Servers for tests of what is served.
public final class LoopbackServer {
  private LoopbackServer() {}

  /// Serves that on a free port of 127.0.0.1.
  public static HttpServer of(Routes routes) throws IOException {
    return HttpServer.start(
        HttpConfig.at(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            KnownHosts.of("127.0.0.1", List.of())),
        routes,
        new Health(List::of),
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
  }
}
