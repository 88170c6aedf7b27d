package deepflow.server.querier.search;

import deepflow.server.querier.RefusedException;

/// What was asked can't be answered, by the asker's fault.
public final class SearchException extends RefusedException {

  private static final long serialVersionUID = 1L;

  SearchException(String reason, String hint) {
    super(reason, hint);
  }

  /// Something at a place in a text.
  ///
  /// @param position its first character is 1
  static SearchException at(int position, String reason, String hint) {
    return new SearchException("%s at character %s".formatted(reason, position), hint);
  }
}
