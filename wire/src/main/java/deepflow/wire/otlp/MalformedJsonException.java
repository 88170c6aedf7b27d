package deepflow.wire.otlp;

/// Text that is not the OTLP/JSON it was said to be: the sender's fault. The message says what and
/// where. It carries no stack trace: a sender can cause it at will.
public final class MalformedJsonException extends Exception {
  private static final int MESSAGE_MAX = 300;

  /// @param reason what is wrong, in English; cut when it is long, for it may quote the sender
  /// @param offset where, in bytes from the text's first byte; below 0 when unknown
  MalformedJsonException(String reason, long offset) {
    super(message(reason, offset), null, false, false);
  }

  private static String message(String reason, long offset) {
    String cut = reason.length() > MESSAGE_MAX ? reason.substring(0, MESSAGE_MAX) + "…" : reason;
    return offset < 0 ? cut : cut + " at byte " + offset;
  }
}
