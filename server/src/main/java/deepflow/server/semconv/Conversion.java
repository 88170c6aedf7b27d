package deepflow.server.semconv;

import java.util.Map;

/// What makes of a stored value the one that it has under the name that is asked for.
public sealed interface Conversion {

  /// Nothing: the value itself.
  enum Same implements Conversion {
    SAME
  }

  /// By a table; other values stay as they are.
  ///
  /// @param integers whether what comes out is an integer; a text that is none stays one
  record Values(Map<String, String> table, boolean integers) implements Conversion {
    public Values {
      table = Map.copyOf(table);
    }
  }

  /// An integer's text.
  enum Text implements Conversion {
    TEXT
  }

  /// A text's integer; other texts stay as they are.
  enum Whole implements Conversion {
    WHOLE
  }

  /// What is before or after a sign. An empty part is none.
  record Part(String sign, Place place) implements Conversion {

    /// Which part.
    public enum Place {
      /// All of it when the sign isn't there.
      BEFORE_FIRST,
      /// None when the sign isn't there.
      AFTER_FIRST,
      /// None when the sign isn't there.
      BEFORE_LAST,
      /// All of it when the sign isn't there.
      AFTER_LAST
    }
  }

  /// The value and another attribute's, when that is there. What begins with the other one already
  /// stays as it is.
  ///
  /// @param sign stands between them
  /// @param before whether the other one comes first
  record Joined(String sign, String key, boolean before) implements Conversion {}

  /// The host of a URL or an authority.
  enum Host implements Conversion {
    HOST
  }

  /// The port of a URL or an authority, an integer.
  enum Port implements Conversion {
    PORT
  }
}
