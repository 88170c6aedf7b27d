package deepflow.ctl.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A conversation with one server, by one transport: how checks send.
final class Session implements AutoCloseable {
  static final String PROTOBUF = "application/x-protobuf";
  static final String JSON = "application/json";

  private final Target target;
  private final Options options;
  private final Client client;
  private final Traces traces;

  Session(Target target, Options options) {
    this.target = target;
    this.options = options;
    client = client(target, options);
    traces = new Traces(options.seed());
  }

  private static Client client(Target target, Options options) {
    return switch (target.transport()) {
      case HTTP_1 -> new Http1Client(target, options);
      case HTTP_2, GRPC -> new Http2Client(target, options);
    };
  }

  Target target() {
    return target;
  }

  Options options() {
    return options;
  }

  /// Large requests to send.
  SizedRequests sizes() {
    return options.sizes();
  }

  /// What to send.
  Traces traces() {
    return traces;
  }

  boolean isGrpc() {
    return target.transport() == Transport.GRPC;
  }

  /// The same server by another transport.
  Session over(Transport transport) {
    return new Session(target.over(transport), options);
  }

  Http1Connection connect() throws IOException {
    return Http1Connection.open(target, options);
  }

  /// A request to the target's path.
  ///
  /// @param headers names and values in turn
  Call call(String type, byte[] body, String... headers) {
    List<String> all = new ArrayList<>(List.of("content-type", type));
    all.addAll(List.of(headers));
    return Call.of("POST", target.path(), body, all.toArray(String[]::new)).with(options.headers());
  }

  Reply send(Call call) throws IOException {
    return client.send(call.with(options.headers()));
  }

  /// Sends a body over HTTP.
  Reply post(String type, byte[] body, String... headers) throws IOException {
    return send(call(type, body, headers));
  }

  Reply post(String type, String body, String... headers) throws IOException {
    return post(type, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  /// Sends a gRPC body, frame and all.
  Reply grpc(byte[] frames, String... headers) throws IOException {
    List<String> all = new ArrayList<>(List.of("te", "trailers"));
    all.addAll(List.of(headers));
    return post("application/grpc", frames, all.toArray(String[]::new));
  }

  /// Sends a message in protobuf, by gRPC or HTTP as the target says.
  Reply export(byte[] message) throws IOException {
    return isGrpc() ? grpc(GrpcFrame.of(false, message)) : post(PROTOBUF, message);
  }

  /// Sends a compressed message, whatever it is compressed by.
  Reply export(String encoding, byte[] compressed) throws IOException {
    return isGrpc()
        ? grpc(GrpcFrame.of(true, compressed), "grpc-encoding", encoding)
        : post(PROTOBUF, compressed, "content-encoding", encoding);
  }

  Answer answer(byte[] message) throws IOException {
    return Answer.of(export(message));
  }

  Answer answer(Encoding encoding, byte[] message) throws IOException {
    return Answer.of(export(encoding.label(), encoding.compress(message)));
  }

  Answer json(String request) throws IOException {
    return Answer.of(post(JSON, request));
  }

  @Override
  public void close() {
    client.close();
  }
}
