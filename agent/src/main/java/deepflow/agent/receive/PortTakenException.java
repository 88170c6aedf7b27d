package deepflow.agent.receive;

/// A port that the receiver can't do without can't be listened on. The message is one sentence for
/// the operator, with the setting that moves the port.
public final class PortTakenException extends Exception {
  PortTakenException(String host, ReceivePort port, Throwable cause) {
    super(
        "port "
            + port.port()
            + " on "
            + host
            + " can't be used ("
            + cause.getMessage()
            + "): stop what uses it, or choose another with "
            + port.setting(),
        cause);
  }
}
