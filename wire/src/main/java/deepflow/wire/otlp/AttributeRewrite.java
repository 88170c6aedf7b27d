package deepflow.wire.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Carries [AttributeRules] out on a serialized request that [RequestCheck] accepted, in one walk.
///
/// What no rule touches keeps its bytes. Output begins with the first change: the messages around
/// it are opened in the output, each with room for a length, which is filled in at the message's
/// end. A request without a change is not copied. No object is made for a span.
///
/// An instance holds buffers that are used again: one thread at a time.
public final class AttributeRewrite {
  private static final int KEY = delimited(OtlpField.KEY_VALUE_KEY);
  private static final int VALUE = delimited(OtlpField.KEY_VALUE_VALUE);
  private static final int STRING = delimited(OtlpField.ANY_VALUE_STRING);
  private static final int ARRAY = delimited(OtlpField.ANY_VALUE_ARRAY);
  private static final int LIST = delimited(OtlpField.ANY_VALUE_KVLIST);
  private static final int ELEMENT = delimited(OtlpField.ARRAY_VALUE_VALUES);

  /// Room beyond this is not kept for the next request.
  private static final int KEPT_BYTES_MAX = 1 << 20;

  /// Messages inside each other: six down to an attribute, and three more for each value in a
  /// value.
  private static final int LEVELS_MAX = 8 + 3 * (RequestCheck.VALUE_DEPTH_MAX + 1);

  private final ProtobufCursor cursor = new ProtobufCursor();
  private AttributeRules rules = AttributeRules.NONE;
  private AttributeRules.@Nullable Mask mask;

  private byte[] target = new byte[1 << 12];
  private int written;

  /// Up to where the source was copied, or left out.
  private int copied;

  private int lengthMax;

  /// Messages that are walked, from the outermost; those below [#opened] are open in the output.
  private int level;

  private int opened;
  private final int[] lengthAt = new int[LEVELS_MAX];
  private final int[] bodyAt = new int[LEVELS_MAX];
  private final int[] targetBody = new int[LEVELS_MAX];

  private int keyFrom;
  private int keyTo;
  private int dropped;
  private int masked;

  /// What became of a request.
  ///
  /// @param bytes holds the request: the given array when nothing was changed, else a new one
  /// @param dropped attributes taken out
  /// @param masked texts that were replaced, in part or as a whole
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared; a copy would cost the path
  public record Rewritten(byte[] bytes, int offset, int length, int dropped, int masked) {}

  /// Makes the changes.
  ///
  /// @param newLengthMax the most that the request may become long by replacements
  /// @return null when it would become longer
  /// @throws IllegalArgumentException when the request is none
  public @Nullable Rewritten apply(
      AttributeRules newRules, byte[] request, int offset, int length, int newLengthMax) {
    rules = newRules;
    cursor.reset(request, offset, length);
    written = 0;
    copied = offset;
    level = 0;
    opened = 0;
    dropped = 0;
    masked = 0;
    lengthMax = newLengthMax;
    try {
      walk(Part.REQUEST);
    } catch (MalformedProtobufException e) {
      throw new IllegalArgumentException(e);
    } catch (TooLongException _) {
      forget();
      return null;
    }
    if (dropped + masked == 0) {
      return new Rewritten(request, offset, length, 0, 0);
    }
    copyTo(offset + length);
    byte[] bytes = Arrays.copyOf(target, written);
    forget();
    return new Rewritten(bytes, 0, bytes.length, dropped, masked);
  }

  private void forget() {
    if (target.length > KEPT_BYTES_MAX) {
      target = new byte[1 << 12];
    }
  }

  /// Messages that have attributes inside, and attributes.
  private enum Part {
    REQUEST,
    RESOURCE_SPANS,
    RESOURCE,
    SCOPE_SPANS,
    SCOPE,
    SPAN,
    EVENT,
    LINK,
    ATTRIBUTE;

    /// What a field holds; null when no attribute can be inside.
    @Nullable Part child(int tag) {
      if (ProtobufCursor.wireType(tag) != ProtobufCursor.LENGTH_DELIMITED) {
        return null;
      }
      int field = ProtobufCursor.field(tag);
      return switch (this) {
        case REQUEST -> field == OtlpField.REQUEST_RESOURCE_SPANS ? RESOURCE_SPANS : null;
        case RESOURCE_SPANS ->
            switch (field) {
              case OtlpField.RESOURCE_SPANS_RESOURCE -> RESOURCE;
              case OtlpField.RESOURCE_SPANS_SCOPE_SPANS -> SCOPE_SPANS;
              default -> null;
            };
        case RESOURCE -> field == OtlpField.RESOURCE_ATTRIBUTES ? ATTRIBUTE : null;
        case SCOPE_SPANS ->
            switch (field) {
              case OtlpField.SCOPE_SPANS_SCOPE -> SCOPE;
              case OtlpField.SCOPE_SPANS_SPANS -> SPAN;
              default -> null;
            };
        case SCOPE -> field == OtlpField.SCOPE_ATTRIBUTES ? ATTRIBUTE : null;
        case SPAN ->
            switch (field) {
              case OtlpField.SPAN_ATTRIBUTES -> ATTRIBUTE;
              case OtlpField.SPAN_EVENTS -> EVENT;
              case OtlpField.SPAN_LINKS -> LINK;
              default -> null;
            };
        case EVENT -> field == OtlpField.EVENT_ATTRIBUTES ? ATTRIBUTE : null;
        case LINK -> field == OtlpField.LINK_ATTRIBUTES ? ATTRIBUTE : null;
        case ATTRIBUTE -> null;
      };
    }
  }

  private void walk(Part part) throws MalformedProtobufException {
    while (cursor.hasMore()) {
      int tagAt = cursor.position();
      int tag = cursor.readTag();
      Part child = part.child(tag);
      if (child == null) {
        cursor.skip(tag);
      } else if (child == Part.ATTRIBUTE) {
        walkAttribute(tagAt);
      } else {
        int outer = enter();
        walk(child);
        leave(outer);
      }
    }
  }

  private void walkAttribute(int tagAt) throws MalformedProtobufException {
    int outer = enter();
    findKey();
    switch (rules.find(cursor.bytes(), keyFrom, keyTo)) {
      case AttributeRules.Drop _ -> {
        leave(outer);
        leaveOut(tagAt, cursor.position());
        dropped++;
      }
      case AttributeRules.Mask found -> {
        mask = found;
        maskAttribute();
        leave(outer);
      }
      case null -> leave(outer);
    }
  }

  /// Finds the key of the attribute at the cursor, of several the last, and goes back to where it
  /// was.
  private void findKey() throws MalformedProtobufException {
    int start = cursor.position();
    keyFrom = start;
    keyTo = start;
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == KEY) {
        int length = cursor.readLength();
        keyFrom = cursor.position();
        keyTo = keyFrom + length;
        cursor.advance(length);
      } else {
        cursor.skip(tag);
      }
    }
    cursor.reset(cursor.bytes(), start, cursor.limit() - start);
  }

  private void maskAttribute() throws MalformedProtobufException {
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == VALUE) {
        int outer = enter();
        maskValue();
        leave(outer);
      } else {
        cursor.skip(tag);
      }
    }
  }

  private void maskValue() throws MalformedProtobufException {
    AttributeRules.Mask found = Objects.requireNonNull(mask);
    if (found.pattern() == null) {
      replaceValue(found.replacement().getBytes(UTF_8));
      return;
    }
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == STRING) {
        maskText(found);
      } else if (tag == ARRAY || tag == LIST) {
        int outer = enter();
        maskElements(tag == LIST);
        leave(outer);
      } else {
        cursor.skip(tag);
      }
    }
  }

  private void replaceValue(byte[] text) {
    leaveOut(cursor.position(), cursor.limit());
    append((byte) STRING);
    appendLength(text.length);
    append(text);
    masked++;
  }

  private void maskElements(boolean keyValues) throws MalformedProtobufException {
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == ELEMENT) { // the field of a key-value list has the same number
        int outer = enter();
        if (keyValues) {
          maskAttribute();
        } else {
          maskValue();
        }
        leave(outer);
      } else {
        cursor.skip(tag);
      }
    }
  }

  private void maskText(AttributeRules.Mask found) throws MalformedProtobufException {
    int textLengthAt = cursor.position();
    int length = cursor.readLength();
    String text = new String(cursor.bytes(), cursor.position(), length, UTF_8);
    cursor.advance(length);
    String replaced = found.mask(text);
    if (!replaced.equals(text)) {
      byte[] bytes = replaced.getBytes(UTF_8);
      leaveOut(textLengthAt, cursor.position());
      appendLength(bytes.length);
      append(bytes);
      masked++;
    }
  }

  /// Begins the walk of the message whose tag was just read.
  private int enter() throws MalformedProtobufException {
    lengthAt[level] = cursor.position();
    int length = cursor.readLength();
    bodyAt[level] = cursor.position();
    level++;
    return cursor.enter(length);
  }

  /// Ends it; its length is written when it is open in the output.
  private void leave(int outer) {
    int end = cursor.limit();
    level--;
    if (opened > level) {
      copyTo(end);
      opened = level;
      close(level);
    }
    cursor.leave(outer);
  }

  /// Copies the source to `from`, goes on behind `to`.
  private void leaveOut(int from, int to) {
    for (; opened < level; opened++) {
      copyTo(lengthAt[opened]);
      int room = bodyAt[opened] - lengthAt[opened];
      reserve(room);
      written += room;
      targetBody[opened] = written;
      copied = bodyAt[opened];
    }
    copyTo(from);
    copied = to;
  }

  /// Writes the length of a message that is complete; the body moves when the length takes more or
  /// less bytes than before.
  private void close(int at) {
    int body = targetBody[at];
    int length = written - body;
    int room = bodyAt[at] - lengthAt[at];
    int bytes = Varint.size(length);
    if (bytes != room) {
      reserve(Math.max(0, bytes - room));
      System.arraycopy(target, body, target, body - room + bytes, length);
      written += bytes - room;
    }
    Varint.write(length, target, body - room);
  }

  private void copyTo(int end) {
    int count = end - copied;
    reserve(count);
    System.arraycopy(cursor.bytes(), copied, target, written, count);
    written += count;
    copied = end;
  }

  private void append(byte one) {
    reserve(1);
    target[written++] = one;
  }

  private void append(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, target, written, bytes.length);
    written += bytes.length;
  }

  private void appendLength(int length) {
    reserve(Varint.size(length));
    written = Varint.write(length, target, written);
  }

  private void reserve(int count) {
    if (written + (long) count > lengthMax + (long) LEVELS_MAX) {
      throw new TooLongException();
    }
    if (target.length - written < count) {
      long doubled = Math.min(2L * target.length, lengthMax + (long) LEVELS_MAX);
      target = Arrays.copyOf(target, (int) Math.max(doubled, written + (long) count));
    }
  }

  private static int delimited(int field) {
    return ProtobufCursor.tag(field, ProtobufCursor.LENGTH_DELIMITED);
  }

  private static final class TooLongException extends RuntimeException {
    TooLongException() {
      super("longer than it may be", null, false, false);
    }
  }
}
