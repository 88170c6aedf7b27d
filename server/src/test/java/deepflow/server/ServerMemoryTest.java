package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import deepflow.server.ingester.LinkAgent;
import deepflow.wire.frame.Identity;
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.RequestCheck;
import deepflow.wire.otlp.RequestCut;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// P5: what takes most memory of all that agents take comes from several at once, and a server with
/// the heap that the chart gives it, a quarter of 4 GiB, stores it and goes on.
class ServerMemoryTest {
  private static final long BEGIN = System.currentTimeMillis() * 1_000_000;

  @TempDir private Path data;

  private static ByteString field(int number, ByteString message) {
    return UnknownFieldSet.newBuilder()
        .addField(number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(message).build())
        .build()
        .toByteString();
  }

  /// What makes it large comes behind a span's ids.
  private static ByteString span(long id, ByteString behind) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16).putLong(8, id)))
        .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(0, id)))
        .setStartTimeUnixNano(BEGIN)
        .build()
        .toByteString()
        .concat(behind);
  }

  private static byte[] request(ByteString scope) {
    byte[] request =
        field(OtlpField.REQUEST_RESOURCE_SPANS, field(OtlpField.RESOURCE_SPANS_SCOPE_SPANS, scope))
            .toByteArray();
    assertThat(new RequestCheck().check(request, 0, request.length, null))
        .as("an agent takes it")
        .isInstanceOf(CheckedRequest.Accepted.class);
    return request;
  }

  private static byte[] spans() throws IOException {
    ByteString.Output scope = ByteString.newOutput();
    for (int i = 1; i <= RequestCut.SPANS_MAX; i++) {
      field(OtlpField.SCOPE_SPANS_SPANS, span(i, ByteString.EMPTY)).writeTo(scope);
    }
    return request(scope.toByteString());
  }

  private static byte[] links() throws IOException {
    Random random = new Random(1);
    byte[] link =
        Span.Link.newBuilder().setTraceId(zeros(16)).setSpanId(zeros(8)).build().toByteArray();
    ByteString.Output links = ByteString.newOutput();
    for (int i = 0; i < RequestCheck.LINKS_MAX; i++) {
      ByteBuffer.wrap(link).putLong(2, random.nextLong()).putLong(link.length - 8, i);
      field(OtlpField.SPAN_LINKS, ByteString.copyFrom(link)).writeTo(links);
    }
    return request(field(OtlpField.SCOPE_SPANS_SPANS, span(1, links.toByteString())));
  }

  private static ByteString zeros(int count) {
    return ByteString.copyFrom(new byte[count]);
  }

  private static byte[] attributes() {
    byte[] attribute = {OtlpField.SPAN_ATTRIBUTES << 3 | 2, 0};
    ByteBuffer attributes = ByteBuffer.allocate(attribute.length * RequestCheck.PARTS_MAX);
    while (attributes.hasRemaining()) {
      attributes.put(attribute);
    }
    ByteString span = span(2, ByteString.copyFrom(attributes.flip()));
    return request(field(OtlpField.SCOPE_SPANS_SPANS, span));
  }

  /// An array whose elements are all different.
  private static byte[] elements() {
    byte[] element = {
      OtlpField.ARRAY_VALUE_VALUES << 3 | 2, 5, OtlpField.ANY_VALUE_STRING << 3 | 2, 3
    };
    ByteBuffer array = ByteBuffer.allocate((element.length + 3) * (RequestCheck.PARTS_MAX - 1));
    for (int i = 0; array.hasRemaining(); i++) {
      array
          .put(element)
          .put((byte) (i >> 14 & 0x7F))
          .put((byte) (i >> 7 & 0x7F))
          .put((byte) (i & 0x7F));
    }
    ByteString value = field(OtlpField.ANY_VALUE_ARRAY, ByteString.copyFrom(array.flip()));
    ByteString attribute =
        field(OtlpField.SPAN_ATTRIBUTES, field(OtlpField.KEY_VALUE_VALUE, value));
    return request(field(OtlpField.SCOPE_SPANS_SPANS, span(3, attribute)));
  }

  /// Until it is committed.
  private static void send(int port, int number, byte[] request) {
    try (LinkAgent agent = LinkAgent.connect(port, new Identity(1, number))) {
      agent.greet(1);
      agent.sendBatch(1, request);
      agent.awaitCommitted(1);
    } catch (Exception e) {
      throw new IllegalStateException("agent %s: %s".formatted(number, e), e);
    }
  }

  private Process start() throws IOException {
    return ChildJvm.of(
            ServerProcess.class,
            List.of("-Xmx1g", "-XX:+UseCompactObjectHeaders"),
            data.resolve("server").toString())
        .redirectError(log().toFile())
        .start();
  }

  private Path log() {
    return data.resolve("log");
  }

  private String[] ports(Process server) throws IOException {
    var output =
        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("ports ")) {
        Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {})); // what it logs
        return line.split(" ");
      }
    }
    throw new IOException("the server did not start: " + Files.readString(log()));
  }

  private static int ready(String port) throws Exception {
    URI uri = URI.create("http://127.0.0.1:%s/ready".formatted(port));
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  @Test
  @Timeout(300)
  void isEnoughForWhateverAgentsTake() throws Exception {
    List<byte[]> requests = List.of(spans(), links(), attributes(), elements());
    Process server = start();
    try {
      String[] ports = ports(server);
      List<CompletableFuture<Void>> sent = new ArrayList<>();
      for (byte[] request : requests) {
        int number = sent.size() + 1;
        sent.add(
            CompletableFuture.runAsync(
                () -> send(Integer.parseInt(ports[2]), number, request),
                task -> Thread.ofVirtual().start(task)));
      }
      for (CompletableFuture<Void> one : sent) {
        one.join();
      }
      assertThat(ready(ports[1])).isEqualTo(200);
    } finally {
      server.destroyForcibly().waitFor();
    }
  }
}
