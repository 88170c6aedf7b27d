package deepflow.wire.otlp;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;

import java.io.IOException;
import java.util.Arrays;

/// Cuts a serialized ExportTraceServiceRequest into smaller ones, in the order of its spans.
///
/// What fits stays together: a request, else a ResourceSpans, else a ScopeSpans, else spans. Each
/// piece repeats the *head* of every message that it holds a part of, which is all but the
/// children: resource, scope, schema URLs and unknown fields. Heads together may take at most half
/// of a piece, so that repeating them sends no more than four times the request; and every byte of
/// a span stays as it was.
///
/// An instance holds buffers that are used again: one thread at a time.
public final class RequestSplit {
  /// Takes a piece.
  @FunctionalInterface
  public interface Sink {
    /// Takes one.
    ///
    /// @param bytes hold the piece in a range, until this returns
    /// @param spans in it, at least one
    void take(byte[] bytes, int offset, int length, int spans) throws IOException;
  }

  private static final int SPANS = 2;
  private static final int CLOSED = -1;

  /// A message whose children are told apart, by how deep they lie: the request, a ResourceSpans, a
  /// ScopeSpans.
  private static final class Level {
    final ProtobufCursor cursor = new ProtobufCursor();
    final int childTag;
    byte[] head = {};
    int headBytes;

    /// Where the piece's part of this message begins, after a length of one byte.
    int openAt = CLOSED;

    Level(int childField) {
      childTag = ProtobufCursor.tag(childField, LENGTH_DELIMITED);
    }

    boolean isOpen() {
      return openAt != CLOSED;
    }

    void readHead(byte[] bytes, int start, int end, int bytesMax)
        throws MalformedProtobufException {
      headBytes = 0;
      cursor.reset(bytes, start, end - start);
      while (cursor.hasMore()) {
        int at = cursor.position();
        int tag = cursor.readTag();
        cursor.skip(tag);
        if (tag != childTag) {
          append(bytes, at, cursor.position() - at, bytesMax);
        }
      }
    }

    /// Beyond `bytesMax` only counts: it is of no use then.
    private void append(byte[] bytes, int at, int length, int bytesMax) {
      int start = headBytes;
      headBytes += length;
      if (headBytes <= bytesMax) {
        if (head.length < headBytes) {
          head = Arrays.copyOf(head, Math.min(bytesMax, 2 * headBytes));
        }
        System.arraycopy(bytes, at, head, start, length);
      }
    }
  }

  private final int bytesMax;
  private final Level[] levels = {
    new Level(OtlpField.REQUEST_RESOURCE_SPANS),
    new Level(OtlpField.RESOURCE_SPANS_SCOPE_SPANS),
    new Level(OtlpField.SCOPE_SPANS_SPANS)
  };
  private final byte[] piece;
  private int length;
  private int spans;
  private int refused;

  /// @param bytesMax of a piece
  public RequestSplit(int bytesMax) {
    this.bytesMax = bytesMax;
    this.piece = new byte[bytesMax];
  }

  /// Gives the request to `sink`, whole or in pieces; without spans, not at all.
  ///
  /// @return spans that are in no piece, because one of that span alone would be too large
  /// @throws MalformedProtobufException when the request is broken; pieces before that place were
  ///   given
  /// @throws IOException when `sink` failed
  public int split(byte[] request, int offset, int requestLength, Sink sink)
      throws MalformedProtobufException, IOException {
    int end = offset + requestLength;
    if (requestLength <= bytesMax) {
      int count = count(0, request, offset, end);
      if (count > 0) {
        sink.take(request, offset, requestLength, count);
      }
      return 0;
    }
    reset();
    divide(0, request, offset, end, sink);
    flush(sink);
    return refused;
  }

  private void divide(int depth, byte[] bytes, int start, int end, Sink sink)
      throws MalformedProtobufException, IOException {
    Level level = levels[depth];
    level.readHead(bytes, start, end, bytesMax / 2);
    if (headBytes(depth) > bytesMax / 2) {
      refused += count(depth, bytes, start, end);
      return;
    }
    if (depth == 0) {
      begin();
    }
    level.cursor.reset(bytes, start, end - start);
    while (level.cursor.hasMore()) {
      int at = level.cursor.position();
      int tag = level.cursor.readTag();
      level.cursor.skip(tag);
      if (tag == level.childTag) {
        place(depth, bytes, at, level.cursor.position(), sink);
      }
    }
    close(depth);
  }

  /// Puts a child of the message at `depth`, tag and length included, into a piece.
  private void place(int depth, byte[] bytes, int at, int end, Sink sink)
      throws MalformedProtobufException, IOException {
    int size = end - at;
    if (lengthWith(depth, size) > bytesMax && lengthAlone(depth, size) <= bytesMax) {
      flush(sink);
      begin();
    }
    if (lengthWith(depth, size) <= bytesMax) {
      open(depth);
      append(bytes, at, size);
      spans += depth == SPANS ? 1 : count(depth + 1, bytes, payload(bytes, at, end), end);
    } else if (depth == SPANS) {
      refused++;
    } else {
      divide(depth + 1, bytes, payload(bytes, at, end), end, sink);
    }
  }

  /// Where the payload of the length-delimited field at `at` begins.
  private static int payload(byte[] bytes, int at, int end) throws MalformedProtobufException {
    ProtobufCursor field = new ProtobufCursor(bytes, at, end - at);
    field.readTag();
    field.readLength();
    return field.position();
  }

  private int count(int depth, byte[] bytes, int start, int end) throws MalformedProtobufException {
    Level level = levels[depth];
    level.cursor.reset(bytes, start, end - start);
    int count = 0;
    while (level.cursor.hasMore()) {
      int tag = level.cursor.readTag();
      if (tag != level.childTag) {
        level.cursor.skip(tag);
      } else if (depth == SPANS) {
        level.cursor.skip(tag);
        count++;
      } else {
        int childLength = level.cursor.readLength();
        int child = level.cursor.position();
        count += count(depth + 1, bytes, child, child + childLength);
        level.cursor.advance(childLength);
      }
    }
    return count;
  }

  private int headBytes(int depth) {
    int bytes = 0;
    for (int i = 0; i <= depth; i++) {
      bytes += levels[i].headBytes;
    }
    return bytes;
  }

  /// Length of the piece if `size` bytes were added to the message at `depth`.
  private int lengthWith(int depth, int size) {
    int more = size;
    for (int i = depth; i > 0; i--) {
      Level level = levels[i];
      more =
          level.isOpen()
              ? more + Varint.size(length - level.openAt + more) - 1
              : field(level.headBytes + more);
    }
    return length + more;
  }

  /// The same for a piece that holds nothing else.
  private int lengthAlone(int depth, int size) {
    int bytes = size;
    for (int i = depth; i > 0; i--) {
      bytes = field(levels[i].headBytes + bytes);
    }
    return levels[0].headBytes + bytes;
  }

  private static int field(int payload) {
    return 1 + Varint.size(payload) + payload;
  }

  private void reset() {
    for (Level level : levels) {
      level.openAt = CLOSED;
      level.headBytes = 0;
    }
    spans = 0;
    refused = 0;
  }

  private void begin() {
    length = 0;
    spans = 0;
    append(levels[0].head, 0, levels[0].headBytes);
  }

  private void open(int depth) {
    for (int i = 1; i <= depth; i++) {
      Level level = levels[i];
      if (!level.isOpen()) {
        piece[length] = (byte) levels[i - 1].childTag;
        length += 2; // a length of one byte is left free
        level.openAt = length;
        append(level.head, 0, level.headBytes);
      }
    }
  }

  private void close(int depth) {
    Level level = levels[depth];
    if (!level.isOpen()) {
      return;
    }
    int payload = length - level.openAt;
    int more = Varint.size(payload) - 1;
    System.arraycopy(piece, level.openAt, piece, level.openAt + more, payload);
    Varint.write(payload, piece, level.openAt - 1);
    length += more;
    level.openAt = CLOSED;
  }

  private void flush(Sink sink) throws IOException {
    for (int i = SPANS; i > 0; i--) {
      close(i);
    }
    if (spans > 0) {
      sink.take(piece, 0, length, spans);
    }
  }

  private void append(byte[] bytes, int at, int count) {
    System.arraycopy(bytes, at, piece, length, count);
    length += count;
  }
}
