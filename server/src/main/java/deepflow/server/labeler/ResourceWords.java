package deepflow.server.labeler;

/// What a resource says of itself.
@FunctionalInterface
public interface ResourceWords {
  /// The value of one of its attributes as text; empty when it isn't there.
  String word(String key);
}
