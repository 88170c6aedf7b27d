package deepflow.server.controller.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.DelegatingDeserializer;

/// Passes over a part of an object of which the same version is known already: when everything is
/// listed anew, nearly all objects are as they were, and to make objects of their text is most of
/// the work. An object's metadata stand before the rest of it; where they don't, it is read.
final class KnownBody extends DelegatingDeserializer {
  private final transient Predicate<HasMetadata> known;

  private KnownBody(ValueDeserializer<?> reader, Predicate<HasMetadata> known) {
    super(reader);
    this.known = known;
  }

  /// Has these types read only in objects that aren't known.
  ///
  /// @param parts types that are only ever parts of such objects
  /// @param known whether the object with this uid is known in this version
  static ValueDeserializerModifier of(Set<Class<?>> parts, Predicate<HasMetadata> known) {
    return new ValueDeserializerModifier() {
      @Override
      public ValueDeserializer<?> modifyDeserializer(
          DeserializationConfig config,
          BeanDescription.Supplier type,
          ValueDeserializer<?> reader) {
        return parts.contains(type.getBeanClass()) ? new KnownBody(reader, known) : reader;
      }
    };
  }

  @Override
  protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> reader) {
    return new KnownBody(reader, known);
  }

  @Override
  public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
    HasMetadata whole = whole(parser.streamReadContext());
    if (whole != null && whole.getMetadata() != null && known.test(whole)) {
      parser.skipChildren();
      return null;
    }
    return super.deserialize(parser, context);
  }

  /// The object whose part is being read.
  private static @Nullable HasMetadata whole(@Nullable TokenStreamContext part) {
    for (TokenStreamContext at = part; at != null; at = at.getParent()) {
      if (at.currentValue() instanceof HasMetadata whole) {
        return whole;
      }
    }
    return null;
  }
}
