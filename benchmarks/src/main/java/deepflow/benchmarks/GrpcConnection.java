package deepflow.benchmarks;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.UnprocessedRequestException;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/// OTLP/gRPC over HTTP/2 with a connection of its own. A request is bytes already, so all that gRPC
/// adds is five bytes before it and a status after the answer.
final class GrpcConnection implements Connection {
  private static final RequestHeaders EXPORT =
      RequestHeaders.builder(
              HttpMethod.POST, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
          .contentType(MediaType.parse("application/grpc"))
          .add("te", "trailers")
          .build();

  private final ClientFactory factory = ClientFactory.builder().workerGroup(1).build();
  private final WebClient client;

  GrpcConnection(Target.Grpc target) {
    client =
        WebClient.builder("h2c://" + target.host() + ":" + target.port())
            .factory(factory)
            .responseTimeout(Duration.ofMinutes(2))
            .build();
  }

  @Override
  public Answer send(byte[] request) {
    byte[] message = new byte[5 + request.length];
    ByteBuffer.wrap(message).put((byte) 0).putInt(request.length).put(request);
    try {
      return judge(
          client.execute(HttpRequest.of(EXPORT, HttpData.wrap(message))).aggregate().join());
    } catch (CompletionException e) {
      String reason = cause(e).getClass().getSimpleName();
      return cause(e) instanceof UnprocessedRequestException
          ? new Answer.Unsent(reason)
          : new Answer.Again(reason);
    }
  }

  private static Throwable cause(CompletionException e) {
    Throwable cause = e.getCause();
    return cause == null ? e : cause;
  }

  private static Answer judge(AggregatedHttpResponse response) {
    HttpHeaders trailers = response.trailers();
    // An answer without a message has its status among the headers.
    HttpHeaders status = trailers.contains("grpc-status") ? trailers : response.headers();
    String code = status.get("grpc-status", "none");
    String said = "gRPC " + code + " " + status.get("grpc-message", "");
    return switch (code) {
      case "0" -> judgeMessage(response.content().array());
      // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS: the codes
      // that OTLP calls retryable.
      case "1", "4", "10", "11", "14", "15" -> new Answer.Again(said);
      default -> new Answer.Refused(said);
    };
  }

  private static Answer judgeMessage(byte[] body) {
    return body.length == 5
        ? new Answer.Accepted()
        : new Answer.Refused("partial success, an answer of " + body.length + " bytes");
  }

  @Override
  public void close() {
    factory.close();
  }
}
