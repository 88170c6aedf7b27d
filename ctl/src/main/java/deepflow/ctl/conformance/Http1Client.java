package deepflow.ctl.conformance;

import java.io.IOException;

/// Sends each request by a connection of its own.
final class Http1Client implements Client {
  private final Target target;
  private final Options options;

  Http1Client(Target target, Options options) {
    this.target = target;
    this.options = options;
  }

  @Override
  public Reply send(Call call) throws IOException {
    try (Http1Connection connection = Http1Connection.open(target, options)) {
      return connection.exchange(call);
    }
  }

  @Override
  public void close() {}
}
