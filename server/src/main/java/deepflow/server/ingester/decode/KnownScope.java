package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.tag;

import deepflow.server.storage.ScopeBlock;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import java.util.Arrays;

/// A ScopeSpans without its spans.
final class KnownScope {
  private static final int NAME = tag(OtlpField.SCOPE_NAME, LENGTH_DELIMITED);
  private static final int VERSION = tag(OtlpField.SCOPE_VERSION, LENGTH_DELIMITED);

  final byte[] id;
  private final boolean hasScope;
  private final byte[] scope;
  private final byte[] schemaUrl;
  private final byte[] unknown;

  /// The last day for which its row went into a block.
  private int storedDay = -1;

  KnownScope(Envelope envelope) {
    id = EnvelopeCache.id(envelope.key);
    hasScope = envelope.hasHead;
    scope = envelope.head.copy();
    schemaUrl = envelope.schemaUrl.copy();
    unknown = envelope.unknown.copy();
  }

  /// Appends its row unless one of this day went before.
  ///
  /// @param day days since 1970-01-01 UTC
  void store(int day, ScopeBlock into) {
    if (storedDay == day) {
      return;
    }
    storedDay = day;
    into.day.append(day);
    into.scopeId.append(id);
    into.hasScope.append(hasScope ? 1 : 0);
    into.scope.append(scope);
    into.schemaUrl.append(schemaUrl);
    into.unknownFields.append(unknown);
    appendText(NAME, into);
    appendText(VERSION, into);
  }

  /// Whether its content is the same.
  boolean hasIdOf(KnownScope other) {
    return Arrays.equals(id, other.id);
  }

  private void appendText(int wanted, ScopeBlock into) {
    var cursor = new ProtobufCursor(scope, 0, scope.length);
    int offset = 0;
    int length = 0;
    try {
      while (cursor.hasMore()) {
        int tag = cursor.readTag();
        if (tag == wanted) {
          length = cursor.readLength();
          offset = cursor.position();
          cursor.advance(length);
        } else {
          cursor.skip(tag);
        }
      }
    } catch (MalformedProtobufException _) {
      // Kept as it came; what can't be read has no name.
      length = 0;
    }
    (wanted == NAME ? into.name : into.version).append(scope, offset, length);
  }
}
