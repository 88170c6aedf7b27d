package deepflow.agent.receive;

/// Ends the reading of a request early, with the answer for its sender. No stack trace: senders can
/// cause it at will.
final class NotTakenException extends Exception {
  private final transient Answer answer;

  private NotTakenException(Answer answer, String message) {
    super(message, null, false, false);
    this.answer = answer;
  }

  static NotTakenException refused(Refusal refusal, String message) {
    return new NotTakenException(new Answer.Refused(refusal, message), message);
  }

  static NotTakenException of(Answer answer) {
    return new NotTakenException(answer, answer.toString());
  }

  Answer answer() {
    return answer;
  }
}
