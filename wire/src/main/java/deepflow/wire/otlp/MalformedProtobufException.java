package deepflow.wire.otlp;

/// Bytes that are not the protobuf message they were said to be: the sender's fault.
///
/// It carries no stack trace: a sender can cause it at will, so it must be cheap, and reason and
/// offset say more than the stack of a parser.
public final class MalformedProtobufException extends Exception {
  private final String reason;
  private final int offset;

  /// @param reason what is wrong, in English, without the offset
  /// @param offset where, in bytes from the message's first byte
  public MalformedProtobufException(String reason, int offset) {
    super(reason + " at byte " + offset, null, false, false);
    this.reason = reason;
    this.offset = offset;
  }

  /// What is wrong, without the offset.
  public String reason() {
    return reason;
  }

  /// Where it is wrong, in bytes from the message's first byte.
  public int offset() {
    return offset;
  }
}
