package deepflow.agent.receive;

/// A request ended before its body did. No stack trace: senders can cause it at will.
final class SenderGoneException extends Exception {
  SenderGoneException(Throwable cause) {
    super("the request could not be read to its end", cause, false, false);
  }
}
