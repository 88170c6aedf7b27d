package deepflow.acceptance;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.function.Consumer;

/// Real SDKs whose sockets are bound to an address of this host, so that they are that address' pod
/// for whoever looks at connections. Each sends one trace and gives its id.
enum BoundSdks {
  JAVA {
    @Override
    String send(String address, URI endpoint) {
      var exporter =
          OtlpHttpSpanExporter.builder()
              .setEndpoint(endpoint.toString())
              .setComponentLoader(new Senders(config -> new BoundSender(address, config)))
              .build();
      Resource resource =
          Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "java-sdk"));
      try (SdkTracerProvider provider =
          SdkTracerProvider.builder()
              .setResource(resource)
              .addSpanProcessor(SimpleSpanProcessor.create(exporter))
              .build()) {
        Span span =
            provider.get("java").spanBuilder("sent").setSpanKind(SpanKind.SERVER).startSpan();
        span.end();
        return span.getSpanContext().getTraceId();
      }
    }
  },
  JAVASCRIPT {
    @Override
    String send(String address, URI endpoint) throws Exception {
      return JsSdk.sendFrom(address, endpoint.toString());
    }
  },
  PYTHON {
    @Override
    String send(String address, URI endpoint) throws Exception {
      return SdkScript.run(
          "python-sdk-" + address,
          List.of("python3", RealParts.pythonSdk().toString(), endpoint.toString(), address));
    }
  };

  /// Sends a span from that address.
  ///
  /// @param endpoint path included
  /// @return the trace id, in hex
  abstract String send(String address, URI endpoint) throws Exception;

  /// Gives the Java SDK's exporter a sender of our choice; nothing else is looked for this way.
  private record Senders(HttpSenderProvider provider) implements ComponentLoader {
    @Override
    public <T> Iterable<T> load(Class<T> kind) {
      return kind.isInstance(provider) ? List.of(kind.cast(provider)) : List.of();
    }
  }

  /// The JDK's client, which can be bound to an address, unlike OkHttp as the SDK uses it.
  private static final class BoundSender implements HttpSender {
    private final HttpSenderConfig config;
    private final HttpClient client;

    BoundSender(String address, HttpSenderConfig config) {
      this.config = config;
      client =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .localAddress(InetAddress.ofLiteral(address))
              .build();
    }

    @Override
    public void send(
        MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
      try {
        var body = new ByteArrayOutputStream();
        message.writeMessage(body);
        var request =
            HttpRequest.newBuilder(config.getEndpoint())
                .timeout(config.getTimeout())
                .header("Content-Type", config.getContentType())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
        var answer = client.send(request, BodyHandlers.ofByteArray());
        onResponse.accept(new Answer(answer.statusCode(), answer.body()));
      } catch (IOException e) {
        onError.accept(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        onError.accept(e);
      }
    }

    @Override
    public CompletableResultCode shutdown() {
      client.close();
      return CompletableResultCode.ofSuccess();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // the SDK's interface has it
  private record Answer(int status, byte[] body) implements HttpResponse {
    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    public String getStatusMessage() {
      return "";
    }

    @Override
    public byte[] getResponseBody() {
      return body;
    }
  }
}
