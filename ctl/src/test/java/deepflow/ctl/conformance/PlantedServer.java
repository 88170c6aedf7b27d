package deepflow.ctl.conformance;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpHeadersBuilder;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;

/// A correct OTLP server, into which a fault can be planted.
final class PlantedServer implements HttpService, AutoCloseable {
  private final Server server;
  private final Set<ByteString> seen = ConcurrentHashMap.newKeySet();
  private final AtomicInteger atOnce = new AtomicInteger();
  private volatile Distortion fault = Distortion.NONE;

  PlantedServer() {
    this(SessionProtocol.HTTP, Server.builder());
  }

  /// With TLS.
  PlantedServer(KeyManagerFactory keys) {
    this(SessionProtocol.HTTPS, Server.builder().tls(keys));
  }

  private PlantedServer(SessionProtocol protocol, ServerBuilder builder) {
    server =
        builder
            .port(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), protocol)
            .maxRequestLength(0)
            .requestTimeout(Duration.ofSeconds(30))
            .gracefulShutdownTimeout(Duration.ZERO, Duration.ZERO)
            .serviceUnder("/", this)
            .build();
    server.start().join();
  }

  int port() {
    return server.activeLocalPort();
  }

  void plant(Distortion planted) {
    fault = planted;
    seen.clear();
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    return HttpResponse.of(
        request
            .aggregate()
            .thenApplyAsync(whole -> answer(context, whole), context.blockingTaskExecutor()));
  }

  private HttpResponse answer(ServiceRequestContext context, AggregatedHttpRequest request) {
    int others = atOnce.incrementAndGet();
    try {
      Ask ask = ask(context, request, others);
      CorrectServer.Judged judged = CorrectServer.judge(ask);
      fault.hold(atOnce);
      Ask whole =
          new Ask(
              ask.transport(),
              ask.call(),
              judged.request(),
              judged.isGood(),
              ask.repeated(),
              atOnce.get());
      return response(fault.distort(whole, judged.reply()));
    } finally {
      atOnce.decrementAndGet();
    }
  }

  private Ask ask(ServiceRequestContext context, AggregatedHttpRequest request, int others) {
    Map<String, String> headers = new LinkedHashMap<>();
    request.headers().forEach((name, value) -> headers.put(name.toString(), value));
    boolean http2 = context.sessionProtocol().isMultiplex();
    boolean grpc =
        headers.getOrDefault("content-type", "").toLowerCase(Locale.ROOT).contains("grpc");
    byte[] body = request.content().array();
    boolean isNew = body.length == 0 || seen.add(ByteString.copyFrom(body));
    return new Ask(
        grpc ? Transport.GRPC : http2 ? Transport.HTTP_2 : Transport.HTTP_1,
        new Call(request.method().name(), request.path(), headers, body),
        ExportTraceServiceRequest.getDefaultInstance(),
        false,
        !isNew,
        others);
  }

  private static HttpResponse response(Reply reply) {
    ResponseHeadersBuilder headers = ResponseHeaders.builder(reply.status());
    reply.headers().forEach(headers::set);
    HttpHeadersBuilder trailers = HttpHeaders.builder();
    reply.trailers().forEach(trailers::set);
    HttpHeaders ends = trailers.build();
    return ends.isEmpty()
        ? HttpResponse.of(headers.build(), HttpData.wrap(reply.body()))
        : HttpResponse.of(headers.build(), HttpData.wrap(reply.body()), ends);
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
