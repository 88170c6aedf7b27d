package deepflow.server;

/// The server can't start. The message is one sentence that says why and what to do.
public final class ServerStartException extends Exception {
  ServerStartException(String message, Throwable cause) {
    super(message, cause);
  }

  ServerStartException(String message) {
    super(message);
  }
}
