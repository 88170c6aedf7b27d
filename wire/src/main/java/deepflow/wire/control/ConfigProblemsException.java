package deepflow.wire.control;

import java.util.List;

/// A configuration that can't be used. Holds every problem that was found, so that an operator
/// mends them in one go.
public final class ConfigProblemsException extends Exception {
  private final List<String> problems;

  ConfigProblemsException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /// One sentence a problem: the key, what is wrong, what to write instead.
  public List<String> problems() {
    return problems;
  }
}
