package deepflow.ctl.conformance;

import java.io.IOException;
import java.util.Set;

/// One rule and how to see whether a server keeps it.
///
/// @param id the rule's number and a counter: `O6.2` is the second check of rule O6
/// @param transports by which it can be seen
/// @param rule what the server does, in one sentence
/// @param source where that is written
record Check(
    String id, Level level, Set<Transport> transports, String rule, String source, Probe probe) {

  /// Looks at a server.
  interface Probe {
    /// Looks.
    ///
    /// @throws IOException when there was no answer, which fails the check
    Outcome look(Session session) throws IOException;
  }

  static Check must(String id, Set<Transport> transports, String rule, String source, Probe probe) {
    return new Check(id, Level.MUST, transports, rule, source, probe);
  }

  static Check should(
      String id, Set<Transport> transports, String rule, String source, Probe probe) {
    return new Check(id, Level.SHOULD, transports, rule, source, probe);
  }

  static Check may(String id, Set<Transport> transports, String rule, String source, Probe probe) {
    return new Check(id, Level.MAY, transports, rule, source, probe);
  }

  /// The rule's number alone, `O6`.
  String group() {
    return id.substring(0, id.indexOf('.'));
  }

  Outcome run(Session session) {
    try {
      return probe.look(session);
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      return new Outcome.Failed("an answer", reason);
    }
  }
}
