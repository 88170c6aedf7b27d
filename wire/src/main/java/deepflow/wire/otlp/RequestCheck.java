package deepflow.wire.otlp;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Checks a serialized ExportTraceServiceRequest in one walk, and makes of it what can be kept.
///
/// - Wire types and lengths of every known field, all the way down. What is wrong here makes the
///   whole request [CheckedRequest.Malformed]: after it, no byte can be trusted. Unknown fields
///   pass.
/// - Each span's ids: trace id 16 bytes, span id 8 bytes, neither all zero, parent span id 8 bytes
///   or none; values nested at most [#VALUE_DEPTH_MAX] deep. A span that fails is dropped alone.
/// - How many links, attributes, elements and events there are: of the shortest ones 64 MiB become
///   a gigabyte in a server. More of any is [CheckedRequest.Malformed] too.
/// - Indexes into the string table of profiles mean nothing in traces: they stay, and the sender is
///   told.
/// - Each resource without `app.host.ip` gets it, as its last attribute. A ResourceSpans without a
///   resource gets one. One that has several (protobuf merges them) gets it in the last.
/// - A ResourceSpans that is marked, since it was exported from where an agent had added
///   `app.host.ip`, keeps that address, as its last attribute and as one that was added; the mark
///   goes.
///
/// Dropping and adding copy ranges of bytes and rewrite the enclosing lengths; every other byte
/// stays as it was, unknown fields, odd encodings and the order of fields included. A request that
/// needs neither is not copied. No object is made for a span.
///
/// An instance holds buffers that are used again: one thread at a time.
public final class RequestCheck {
  /// Values inside values: arrays and key-value lists, at most.
  public static final int VALUE_DEPTH_MAX = 64;

  /// ResourceSpans in a request, at most: their own bytes are few, but each may grow by an
  /// attribute.
  public static final int RESOURCE_SPANS_MAX = 100_000;

  /// Links in a request, at most: each becomes a row as well.
  public static final int LINKS_MAX = 500_000;

  /// Attributes, elements of arrays and events in a request, at most, those in values included:
  /// each takes ten times its bytes while it is read, when it has only two.
  public static final int PARTS_MAX = 4_000_000;

  private static final int REQUEST_RESOURCE_SPANS = message(OtlpField.REQUEST_RESOURCE_SPANS);
  private static final int RESOURCE_SPANS_RESOURCE = message(OtlpField.RESOURCE_SPANS_RESOURCE);
  private static final int RESOURCE_SPANS_SCOPES = message(OtlpField.RESOURCE_SPANS_SCOPE_SPANS);
  private static final int RESOURCE_SPANS_HOST_IP_ADDED =
      ProtobufCursor.tag(OtlpField.RESOURCE_SPANS_APP_HOST_IP_ADDED, ProtobufCursor.VARINT);
  private static final int RESOURCE_ATTRIBUTES = message(OtlpField.RESOURCE_ATTRIBUTES);
  private static final int SCOPE_SPANS_SPANS = message(OtlpField.SCOPE_SPANS_SPANS);
  private static final int KEY_VALUE_KEY = message(OtlpField.KEY_VALUE_KEY);
  private static final int NONE = -1;

  private final ProtobufCursor cursor = new ProtobufCursor();
  private final SpanCheck spanCheck = new SpanCheck(cursor);
  private final Patches patches = new Patches();
  private byte[] hostIpAdded = new byte[8];
  private @Nullable HostIpAttribute hostIp;
  private int resourceSpans;
  private int spans;

  /// Whether any resource was marked: what is cut and what is added may be equally long.
  private boolean marks;

  /// The change that may take `app.host.ip` away from the last Resource, or [#NONE].
  private int hostIpPatch;

  private int hostIpBytes;

  /// Checks a request.
  ///
  /// @param hostIp added to resources that lack it; null adds none
  public CheckedRequest check(
      byte[] request, int offset, int length, @Nullable HostIpAttribute hostIp) {
    this.hostIp = hostIp;
    Arrays.fill(hostIpAdded, (byte) 0);
    resourceSpans = 0;
    spans = 0;
    marks = false;
    spanCheck.clear();
    patches.clear();
    cursor.reset(request, offset, length);
    try {
      int growth = walkRequest();
      return accepted(request, offset, length, growth);
    } catch (MalformedProtobufException e) {
      return new CheckedRequest.Malformed(e.reason(), e.offset());
    }
  }

  private CheckedRequest accepted(byte[] request, int offset, int length, int growth) {
    boolean changed = growth != 0 || marks || spanCheck.rejected() != 0;
    int newLength = length + growth;
    byte[] kept = changed ? patches.apply(request, offset, offset + length, newLength) : request;
    return new CheckedRequest.Accepted(
        kept,
        changed ? 0 : offset,
        newLength,
        spans,
        spanCheck.rejected(),
        spanCheck.message(),
        Arrays.copyOf(hostIpAdded, (resourceSpans + 7) / 8));
  }

  /// Each walk returns by how many bytes its message grows.
  private int walkRequest() throws MalformedProtobufException {
    int growth = 0;
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == REQUEST_RESOURCE_SPANS) {
        growth += walkResourceSpansField();
      } else {
        spanCheck.skip(Shape.REQUEST, tag);
      }
    }
    return growth;
  }

  private int walkResourceSpansField() throws MalformedProtobufException {
    cursor.refuseAbove(RESOURCE_SPANS_MAX, resourceSpans + 1, "resources");
    int lengthAt = cursor.position();
    int patch = reserve(lengthAt);
    int length = cursor.readLength();
    int lengthBytes = cursor.position() - lengthAt;
    int outer = cursor.enter(length);
    int growth = walkResourceSpans();
    cursor.leave(outer);
    resourceSpans++;
    return growth == 0 ? 0 : growth + patches.length(patch, lengthBytes, length + growth);
  }

  private int walkResourceSpans() throws MalformedProtobufException {
    int growth = 0;
    int noResource = reserve(cursor.position());
    int lengthPatch = NONE;
    int lengthBytes = 0;
    int length = 0;
    int endPatch = NONE;
    boolean hasHostIp = hostIp == null;
    boolean marked = false;
    hostIpPatch = NONE;
    while (cursor.hasMore()) {
      int tagAt = cursor.position();
      int tag = cursor.readTag();
      if (tag == RESOURCE_SPANS_RESOURCE) {
        int lengthAt = cursor.position();
        lengthPatch = reserve(lengthAt);
        length = cursor.readLength();
        lengthBytes = cursor.position() - lengthAt;
        hasHostIp |= walkResource(length);
        endPatch = reserve(cursor.position());
      } else if (tag == RESOURCE_SPANS_SCOPES) {
        growth += walkScopeSpansField();
      } else if (tag == RESOURCE_SPANS_HOST_IP_ADDED) {
        marks = true;
        marked = cursor.readVarint() != 0;
        growth -= cut(tagAt);
      } else {
        spanCheck.skip(Shape.RESOURCE_SPANS, tag);
      }
    }
    if (marked && hostIpPatch != NONE) {
      moveHostIp(endPatch);
    }
    if (hasHostIp) {
      return growth;
    }
    return growth
        + (endPatch == NONE
            ? addResource(noResource)
            : addAttribute(endPatch, lengthPatch, lengthBytes, length));
  }

  private void moveHostIp(int endPatch) {
    patches.insert(endPatch, patches.take(hostIpPatch, cursor.bytes(), hostIpBytes));
    markHostIpAdded();
  }

  private int addResource(int patch) {
    markHostIpAdded();
    byte[] field = Objects.requireNonNull(hostIp).resourceField();
    patches.insert(patch, field);
    return field.length;
  }

  private int addAttribute(int endPatch, int lengthPatch, int lengthBytes, int length) {
    markHostIpAdded();
    byte[] field = Objects.requireNonNull(hostIp).attributeField();
    patches.insert(endPatch, field);
    return field.length + patches.length(lengthPatch, lengthBytes, length + field.length);
  }

  private void markHostIpAdded() {
    int index = resourceSpans >> 3;
    if (index >= hostIpAdded.length) {
      hostIpAdded = Arrays.copyOf(hostIpAdded, index * 2);
    }
    hostIpAdded[index] |= (byte) (1 << (resourceSpans & 7));
  }

  /// Returns whether the resource has `app.host.ip`.
  private boolean walkResource(int length) throws MalformedProtobufException {
    hostIpPatch = NONE;
    int outer = cursor.enter(length);
    while (cursor.hasMore()) {
      int tagAt = cursor.position();
      int tag = cursor.readTag();
      if (tag != RESOURCE_ATTRIBUTES) {
        spanCheck.skip(Shape.RESOURCE, tag);
      } else if (walkResourceAttribute() && hostIpPatch == NONE) {
        hostIpPatch = reserve(tagAt);
        hostIpBytes = cursor.position() - tagAt;
      }
    }
    cursor.leave(outer);
    return hostIpPatch != NONE;
  }

  private boolean walkResourceAttribute() throws MalformedProtobufException {
    spanCheck.countPart();
    boolean isHostIp = false;
    int outer = cursor.enter(cursor.readLength());
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == KEY_VALUE_KEY) {
        int length = cursor.readLength();
        isHostIp =
            isHostIpKey(cursor.position(), length); // a later key wins, as in all of protobuf
        cursor.advance(length);
      } else {
        spanCheck.skip(Shape.KEY_VALUE, tag);
      }
    }
    cursor.leave(outer);
    return isHostIp;
  }

  private boolean isHostIpKey(int at, int length) {
    byte[] key = HostIpAttribute.KEY_BYTES;
    return length == key.length
        && Arrays.equals(cursor.bytes(), at, at + length, key, 0, key.length);
  }

  private int walkScopeSpansField() throws MalformedProtobufException {
    int lengthAt = cursor.position();
    int patch = reserve(lengthAt);
    int length = cursor.readLength();
    int lengthBytes = cursor.position() - lengthAt;
    int outer = cursor.enter(length);
    int growth = walkScopeSpans();
    cursor.leave(outer);
    return growth == 0 ? 0 : growth + patches.length(patch, lengthBytes, length + growth);
  }

  private int walkScopeSpans() throws MalformedProtobufException {
    int growth = 0;
    while (cursor.hasMore()) {
      int tagAt = cursor.position();
      int tag = cursor.readTag();
      if (tag != SCOPE_SPANS_SPANS) {
        spanCheck.skip(Shape.SCOPE_SPANS, tag);
      } else if (spanCheck.accepts()) {
        spans++;
      } else {
        growth -= cut(tagAt);
      }
    }
    return growth;
  }

  private int reserve(int position) throws MalformedProtobufException {
    refuseTooMuch();
    return patches.reserve(position);
  }

  /// Takes away the field that was just read; returns its bytes.
  private int cut(int tagAt) throws MalformedProtobufException {
    refuseTooMuch();
    patches.cut(tagAt, cursor.position());
    return cursor.position() - tagAt;
  }

  private void refuseTooMuch() throws MalformedProtobufException {
    if (patches.isFull()) {
      throw cursor.malformed(
          "more than " + Patches.COUNT_MAX + " resources, scopes and bad spans", cursor.position());
    }
  }

  private static int message(int field) {
    return ProtobufCursor.tag(field, LENGTH_DELIMITED);
  }
}
