package deepflow.server.querier;

/// A question that can't be answered as it is asked: the message says what is wrong with it and
/// where.
public class RefusedException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private final String hint;

  /// Refuses a question.
  ///
  /// @param hint what to do about it; empty when there is nothing to say
  public RefusedException(String error, String hint) {
    super(error);
    this.hint = hint;
  }

  /// Refuses a question whose fault is plain.
  public RefusedException(String error) {
    this(error, "");
  }

  /// What to do about it; empty when there is nothing to say.
  public final String hint() {
    return hint;
  }
}
