package deepflow.ctl.conformance;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientFactoryBuilder;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.CommonPools;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;

/// Sends all requests by one HTTP/2 connection, without TLS by prior knowledge.
final class Http2Client implements Client {
  private final ClientFactory factory;
  private final WebClient client;

  Http2Client(Target target, Options options) {
    ClientFactoryBuilder builder =
        ClientFactory.builder()
            .workerGroup(CommonPools.workerGroup(), false) // one of its own takes 2 s to end
            .connectTimeout(options.timeout())
            .idleTimeout(Duration.ofMinutes(1));
    factory = (options.insecureTls() ? builder.tlsNoVerify() : builder).build();
    client =
        WebClient.builder((target.tls() ? "h2" : "h2c") + "://" + target.authority())
            .factory(factory)
            .responseTimeout(options.timeout())
            .writeTimeout(options.timeout())
            .maxResponseLength(REPLY_BYTES_MAX)
            .build();
  }

  @Override
  public Reply send(Call call) throws IOException {
    RequestHeadersBuilder headers =
        RequestHeaders.builder(HttpMethod.valueOf(call.method()), call.path());
    call.headers().forEach(headers::add);
    try {
      AggregatedHttpResponse response =
          client.execute(headers.build(), HttpData.wrap(call.body())).aggregate().join();
      return new Reply(
          response.status().code(),
          map(response.headers()),
          response.content().array(),
          map(response.trailers()));
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("no answer by HTTP/2: " + cause, cause);
    }
  }

  private static Map<String, String> map(HttpHeaders headers) {
    Map<String, String> map = new LinkedHashMap<>();
    headers.forEach((name, value) -> map.merge(name.toString(), value, (a, b) -> a + ", " + b));
    return map;
  }

  @Override
  public void close() {
    factory.close();
  }
}
