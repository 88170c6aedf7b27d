package deepflow.settings;

import java.util.List;

/// What was set can't be used. Holds every problem that was found, so that an operator mends them
/// in one go.
public final class SettingsException extends Exception {

  private final List<String> problems;

  SettingsException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /// One sentence a problem: where it stands, what is wrong, what to write instead.
  public List<String> problems() {
    return problems;
  }
}
