package deepflow.wire.frame;

/// The other end sent bytes that are no frame, or no message of that frame's type. Nothing after
/// them can be trusted: close the connection.
public final class MalformedFrameException extends Exception {
  /// Says what is wrong, and where.
  ///
  /// @param reason what is wrong, without the place
  /// @param offset where, in bytes from the start of what the message names
  public MalformedFrameException(String reason, long offset) {
    super("%s at byte %s".formatted(reason, offset));
  }

  MalformedFrameException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
