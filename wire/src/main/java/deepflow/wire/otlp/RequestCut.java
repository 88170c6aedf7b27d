package deepflow.wire.otlp;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;

/// Cuts a request of many spans into pieces of [#SPANS_MAX], in the order of its spans: a server
/// makes one block of all of a batch, and a span may be so small that 64 MiB have two million of
/// them. A request of fewer is its own only piece.
///
/// Each piece repeats what is round its spans: the fields of request, resource and scope that are
/// no children. Where it is cut depends on the number of spans alone, so that a request that is
/// sent again has the same pieces, whatever was added to it or masked in it.
///
/// The pieces are made one by one, so that one of them at a time is in memory.
public final class RequestCut {
  /// Of a piece: what a server likes to have in a block.
  public static final int SPANS_MAX = 100_000;

  private static final int SPANS = 2;

  /// A message whose children are told apart: the request, a ResourceSpans, a ScopeSpans.
  private static final class Level {
    final ProtobufCursor cursor = new ProtobufCursor();
    final int childField;
    final int childTag;

    /// Where the message lies, and where the piece's part of it begins.
    int from;

    int to;
    int start;

    Level(int childField) {
      this.childField = childField;
      this.childTag = ProtobufCursor.tag(childField, LENGTH_DELIMITED);
    }

    void enter(byte[] bytes, int messageFrom, int messageTo) {
      from = messageFrom;
      to = messageTo;
      cursor.reset(bytes, from, to - from);
    }

    /// Writes all but the children.
    void writeHead(ProtobufWriter into) throws MalformedProtobufException {
      var head = new ProtobufCursor(cursor.bytes(), from, to - from);
      while (head.hasMore()) {
        int at = head.position();
        int tag = head.readTag();
        head.skip(tag);
        if (tag != childTag) {
          into.raw(head.bytes(), at, head.position() - at);
        }
      }
    }
  }

  private final CheckedRequest.Accepted request;
  private final int spansMax;
  private final Level[] levels = {
    new Level(OtlpField.REQUEST_RESOURCE_SPANS),
    new Level(OtlpField.RESOURCE_SPANS_SCOPE_SPANS),
    new Level(OtlpField.SCOPE_SPANS_SPANS)
  };
  private ProtobufWriter piece = new ProtobufWriter(0);
  private int pieceSpans;
  private int spansLeft;

  /// How deep the walk is, and in which ResourceSpans.
  private int depth;

  private int resourceSpans = -1;

  /// A cut of a request that was checked.
  public RequestCut(CheckedRequest.Accepted request) {
    this(request, SPANS_MAX);
  }

  RequestCut(CheckedRequest.Accepted request, int spansMax) {
    this.request = request;
    this.spansMax = spansMax;
    spansLeft = request.spans();
    levels[0].enter(request.request(), request.offset(), request.offset() + request.length());
  }

  /// Spans that are in no piece yet.
  public int spansLeft() {
    return spansLeft;
  }

  /// The next piece, as long as there are spans left.
  public CheckedRequest.Accepted next() {
    if (request.spans() <= spansMax) {
      spansLeft = 0;
      return request;
    }
    try {
      return cut();
    } catch (MalformedProtobufException e) {
      throw new IllegalStateException("a request that was checked is broken", e);
    }
  }

  private CheckedRequest.Accepted cut() throws MalformedProtobufException {
    piece = new ProtobufWriter(request.length() / (request.spans() / spansMax) + (1 << 10));
    pieceSpans = 0;
    int firstResourceSpans = Math.max(resourceSpans, 0);
    levels[0].writeHead(piece);
    for (int i = 1; i <= depth; i++) {
      open(i);
    }
    while (depth < SPANS ? enterNext() : placeNext()) {}
    for (int i = depth; i > 0; i--) {
      piece.end(levels[i].start);
    }
    spansLeft -= pieceSpans;
    return new CheckedRequest.Accepted(
        piece.array(), 0, piece.length(), pieceSpans, 0, "", hostIpAdded(firstResourceSpans));
  }

  private void open(int child) throws MalformedProtobufException {
    levels[child].start = piece.begin(levels[child - 1].childField);
    levels[child].writeHead(piece);
  }

  /// Goes down into the next child, or up where there is none; false at the end.
  private boolean enterNext() throws MalformedProtobufException {
    Level level = levels[depth];
    while (level.cursor.hasMore()) {
      int tag = level.cursor.readTag();
      if (tag != level.childTag) {
        level.cursor.skip(tag);
        continue;
      }
      int length = level.cursor.readLength();
      int from = level.cursor.position();
      level.cursor.advance(length);
      resourceSpans += depth == 0 ? 1 : 0;
      levels[++depth].enter(request.request(), from, from + length);
      open(depth);
      return true;
    }
    return leave();
  }

  private boolean leave() {
    if (depth == 0) {
      return false;
    }
    piece.end(levels[depth].start);
    depth--;
    return true;
  }

  /// Puts the next span into the piece; false when it is full.
  private boolean placeNext() throws MalformedProtobufException {
    Level level = levels[SPANS];
    while (level.cursor.hasMore()) {
      int at = level.cursor.position();
      int tag = level.cursor.readTag();
      if (tag == level.childTag && pieceSpans == spansMax) {
        level.cursor.reset(request.request(), at, level.to - at);
        return false;
      }
      level.cursor.skip(tag);
      if (tag == level.childTag) {
        piece.raw(request.request(), at, level.cursor.position() - at);
        pieceSpans++;
        return true;
      }
    }
    return leave();
  }

  /// The bits of the piece's ResourceSpans.
  private byte[] hostIpAdded(int first) {
    byte[] bits = new byte[(resourceSpans - first) / 8 + 1];
    for (int i = first; i <= resourceSpans; i++) {
      if (request.hostIpAdded(i)) {
        bits[(i - first) / 8] |= (byte) (1 << ((i - first) & 7));
      }
    }
    return bits;
  }
}
