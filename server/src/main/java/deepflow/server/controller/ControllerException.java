package deepflow.server.controller;

import java.util.List;

/// What was asked for can't be done, by the fault of whoever asks.
final class ControllerException extends Exception {
  /// What is wrong with a question.
  enum Kind {
    /// It names what isn't there.
    NOT_FOUND,
    /// It can't be fulfilled as it is.
    REFUSED
  }

  private final Kind kind;

  private ControllerException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  static ControllerException notFound(String message) {
    return new ControllerException(Kind.NOT_FOUND, message);
  }

  static ControllerException refused(String message) {
    return new ControllerException(Kind.REFUSED, message);
  }

  static ControllerException refused(List<String> problems) {
    return refused(String.join("; ", problems));
  }

  Kind kind() {
    return kind;
  }
}
