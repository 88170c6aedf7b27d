package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;

/// What is said when a name doesn't fit.
final class Names {

  private Names() {}

  /// What is said of a name that the table hasn't, or that means something that can't stand there.
  static SqlException misfit(Expression.Name name, Catalogue catalogue) {
    Tag tag = catalogue.tag(name.name(), new Bindings());
    if (tag != null) {
      return new SqlException(ofTag(tag), name.position());
    }
    Metric metric = catalogue.metric(name.name(), new Bindings());
    return new SqlException(
        metric == null ? unknown(name.name(), catalogue) : ofMetric(metric), name.position());
  }

  private static String ofTag(Tag tag) {
    return tag.sides().isEmpty()
        ? "the tag %s can't stand here".formatted(tag.name())
        : "%s has two sides: choose %s".formatted(tag.name(), String.join(" or ", tag.sides()));
  }

  private static String ofMetric(Metric metric) {
    return metric.type() == Metric.Type.OTHER
        ? "%s stands in Count only".formatted(metric.name())
        : "expected a tag, and %s is a metric".formatted(metric.name());
  }

  private static String unknown(String name, Catalogue catalogue) {
    String near = nearest(name, catalogue);
    String hint = near.isEmpty() ? "" : " (did you mean '%s'?)".formatted(near);
    return "no tag or metric is called '%s'%s".formatted(name, hint);
  }

  /// The name that the call is about.
  ///
  /// @throws SqlException unless the call has one argument, a name
  static Expression.Name onlyArgument(Expression.Call call) throws SqlException {
    if (call.arguments().size() == 1 && call.arguments().getFirst() instanceof Expression.Name n) {
      return n;
    }
    throw new SqlException("%s takes one name".formatted(call.function()), call.position());
  }

  private static String nearest(String name, Catalogue catalogue) {
    String best = "";
    int bestDistance = 3;
    for (Tag tag : catalogue.tags()) {
      if (tag.takesKeys()) {
        continue; // no name, but the form of many
      }
      int distance = distance(name, tag.name(), bestDistance);
      if (distance < bestDistance) {
        best = tag.name();
        bestDistance = distance;
      }
    }
    for (Metric metric : catalogue.metrics()) {
      int distance = distance(name, metric.name(), bestDistance);
      if (distance < bestDistance) {
        best = metric.name();
        bestDistance = distance;
      }
    }
    return best;
  }

  /// Edits between two names; `limit` when there are that many or more.
  private static int distance(String a, String b, int limit) {
    if (Math.abs(a.length() - b.length()) >= limit) {
      return limit;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return Math.min(limit, row[b.length()]);
  }
}
