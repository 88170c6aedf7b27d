package deepflow.server.querier.search;

/// An attribute with its value as text.
///
/// @param key as the sender calls it; `status`, `kind`, `statusMessage` are the span's own
public record TypedAttribute(String key, Type type, String value) {

  /// What the value is.
  public enum Type {
    STRING('s'),
    INT('i'),
    DOUBLE('d'),
    BOOL('b'),
    /// A list, bytes or nothing: its text says no more than that it is there.
    OTHER('o');

    private final char letter;

    Type(char letter) {
      this.letter = letter;
    }

    /// The type behind a letter of the column `attribute_types`.
    static Type of(char letter) {
      for (Type type : values()) {
        if (type.letter == letter) {
          return type;
        }
      }
      throw new IllegalArgumentException("no type has the letter " + letter);
    }
  }
}
