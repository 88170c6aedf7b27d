package deepflow.server.querier.servicegraph;

import java.util.Comparator;
import java.util.Locale;

/// Who calls or is called.
///
/// @param calls what it was asked to do: its spans of kind SERVER and CONSUMER; none for what sends
///   no spans
record GraphNode(Name name, Calls calls) implements Comparable<GraphNode> {

  /// What it is.
  enum Type {
    SERVICE,
    DATABASE,
    QUEUE;

    static Type of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Names it: a database may be called like a service.
  record Name(String text, Type type) implements Comparable<Name> {
    private static final Comparator<Name> ORDER =
        Comparator.comparing(Name::type).thenComparing(Name::text);

    @Override
    public int compareTo(Name other) {
      return ORDER.compare(this, other);
    }

    /// The same as one text.
    String id() {
      return type.word() + ":" + text;
    }
  }

  @Override
  public int compareTo(GraphNode other) {
    return name.compareTo(other.name);
  }
}
