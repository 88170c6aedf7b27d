package deepflow.server.semconv;

import java.util.Locale;
import java.util.Optional;

/// The kinds of spans for which a reading is right.
public enum Kinds {
  /// All of them, and attributes of resources.
  ANY,
  /// All but server: whoever takes a message has a broker for its peer, as who sends one has.
  CALLING,
  /// Server.
  SERVING,
  /// Consumer.
  CONSUMING;

  private static final int SERVER = 2;
  private static final int CONSUMER = 5;

  static Kinds of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /// Whether a span is among them.
  ///
  /// @param kind OTLP's number
  public boolean include(int kind) {
    return switch (this) {
      case ANY -> true;
      case CALLING -> kind != SERVER;
      case SERVING -> kind == SERVER;
      case CONSUMING -> kind == CONSUMER;
    };
  }

  /// The kinds for which both are right, where that is one of these.
  Optional<Kinds> and(Kinds other) {
    if (this == ANY || this == other) {
      return Optional.of(other);
    }
    return other == ANY ? Optional.of(this) : Optional.empty();
  }
}
