package deepflow.acceptance;

/// Lines of the test run's output that are for people: the launcher lets these through.
final class Report {
  private Report() {}

  /// A result worth reading although the test has passed.
  static void say(String what, Object result) {
    System.out.println("report: " + what + ": " + result);
  }

  /// What was not tested, and what would have to be there for it.
  static void skipped(String why) {
    System.out.println("skipped: " + why.replace("\n", " "));
  }
}
