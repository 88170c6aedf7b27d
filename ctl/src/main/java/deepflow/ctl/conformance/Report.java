package deepflow.ctl.conformance;

import deepflow.ctl.Cells;
import java.io.PrintStream;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What the suite found, for people and for programs.
final class Report {
  private static final JsonMapper JSON = new JsonMapper();

  private Report() {}

  /// One line for each check, and two more for each failure.
  static void table(Target target, List<Suite.Result> results, PrintStream out) {
    out.println(Cells.printable(target + " (" + target.transport().label() + ")"));
    for (Suite.Result result : results) {
      Check check = result.check();
      out.println(
          "  %-7s %-6s %-6s  %s".formatted(word(result), check.id(), check.level(), check.rule()));
      switch (result.outcome()) {
        case Outcome.Passed _ -> {}
        case Outcome.Skipped skipped -> line(out, skipped.why());
        case Outcome.Failed failed -> {
          line(out, "expected: " + failed.expected());
          line(out, "got:      " + failed.got());
          line(out, "source:   " + check.source());
        }
      }
    }
    out.println(
        "  %s passed, %s failed (%s of them MUST), %s skipped"
            .formatted(
                count(results, "passed"),
                count(results, "FAILED"),
                results.stream().filter(Suite.Result::breaksMust).count(),
                count(results, "skipped")));
  }

  private static void line(PrintStream out, String text) {
    out.println(" ".repeat(25) + Cells.printable(text));
  }

  private static long count(List<Suite.Result> results, String word) {
    return results.stream().filter(result -> word(result).equals(word)).count();
  }

  private static String word(Suite.Result result) {
    return switch (result.outcome()) {
      case Outcome.Passed _ -> "passed";
      case Outcome.Failed _ -> "FAILED";
      case Outcome.Skipped _ -> "skipped";
    };
  }

  /// An object of target, transport and checks.
  static ObjectNode json(Target target, List<Suite.Result> results) {
    ObjectNode report = JSON.createObjectNode();
    report.put("target", target.toString());
    report.put("transport", target.transport().label());
    ArrayNode checks = report.putArray("checks");
    for (Suite.Result result : results) {
      ObjectNode check = checks.addObject();
      check.put("id", result.check().id());
      check.put("level", result.check().level().name());
      check.put("rule", result.check().rule());
      check.put("source", result.check().source());
      switch (result.outcome()) {
        case Outcome.Passed _ -> check.put("outcome", "passed");
        case Outcome.Skipped skipped -> check.put("outcome", "skipped").put("why", skipped.why());
        case Outcome.Failed failed ->
            check
                .put("outcome", "failed")
                .put("expected", failed.expected())
                .put("got", failed.got());
      }
    }
    return report;
  }
}
