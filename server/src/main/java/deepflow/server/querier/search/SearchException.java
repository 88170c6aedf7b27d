package deepflow.server.querier.search;

/// What was asked can't be answered, by the asker's fault.
public final class SearchException extends IllegalArgumentException {

  private final String hint;

  SearchException(String reason, String hint) {
    super(reason);
    this.hint = hint;
  }

  /// Something at a place in a text.
  ///
  /// @param position its first character is 1
  static SearchException at(int position, String reason, String hint) {
    return new SearchException("%s at character %s".formatted(reason, position), hint);
  }

  /// What to do about it; empty when there is nothing to say.
  public String hint() {
    return hint;
  }
}
