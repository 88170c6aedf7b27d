package deepflow.benchmarks;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.Server;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/// An OTLP/HTTP server that answers success.
final class OtlpSink implements Sink {
  private final AtomicLong requests = new AtomicLong();
  private final Server server;
  private volatile boolean paused;

  /// @param port 0 for one that is free
  OtlpSink(int port) {
    server =
        Server.builder()
            .http(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .maxRequestLength(0)
            .service(
                "/v1/traces",
                (_, request) -> HttpResponse.of(request.aggregate().thenApply(this::answer)))
            .build();
    server.start().join();
  }

  private HttpResponse answer(AggregatedHttpRequest request) {
    if (paused) {
      return HttpResponse.of(HttpStatus.SERVICE_UNAVAILABLE);
    }
    requests.incrementAndGet();
    return HttpResponse.of(HttpStatus.OK);
  }

  @Override
  public long requests() {
    return requests.get();
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
