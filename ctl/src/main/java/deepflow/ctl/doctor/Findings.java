package deepflow.ctl.doctor;

import java.util.ArrayList;
import java.util.List;

/// What a patient was found to have, in the order in which it was found.
final class Findings {
  private final List<Finding> found = new ArrayList<>();
  private final List<String> examined = new ArrayList<>();

  void add(Problem problem, String where, String what, String remedy) {
    Finding finding = new Finding(problem, where, what, remedy);
    if (!found.contains(finding)) {
      found.add(finding);
    }
  }

  /// Notes that something was looked at, whatever was found.
  void examined(String what) {
    examined.add(what);
  }

  List<Finding> found() {
    return List.copyOf(found);
  }

  List<String> examined() {
    return List.copyOf(examined);
  }

  boolean has(Problem.Severity severity) {
    return count(severity) > 0;
  }

  long count(Problem.Severity severity) {
    return found.stream().filter(finding -> finding.problem().severity() == severity).count();
  }
}
