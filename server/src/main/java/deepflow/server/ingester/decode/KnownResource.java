package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.tag;
import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labels;
import deepflow.server.storage.LabelBlock;
import deepflow.server.storage.ResourceBlock;
import deepflow.server.storage.SpanBlock;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// A ResourceSpans without its spans, and all that a span's row takes from it.
final class KnownResource {
  private static final int ATTRIBUTES = tag(OtlpField.RESOURCE_ATTRIBUTES, LENGTH_DELIMITED);

  final byte[] id;

  /// `app.host.ip`, zeros when it says no address.
  final byte[] hostAddress = new byte[AddressText.BYTES];

  final boolean hostAdded;
  private final byte[] senderId;
  private final boolean hasResource;
  private final byte[] resource;
  private final byte[] schemaUrl;
  private final byte[] unknown;
  private final AttributeList attributes = new AttributeList();
  private final Map<String, String> words = new HashMap<>();

  /// Begin of the resource's last attribute.
  private int lastAttribute;

  private LabelSnapshot labelledBy;
  private Labels labels;
  private byte[] service;
  private long labelId;

  /// Number of the service in the column of the block whose generation is [#generation].
  private int serviceIndex;

  private long generation = -1;

  /// The last day for which its row went into a block.
  private int storedDay = -1;

  KnownResource(Envelope envelope, boolean hostAdded, LabelSnapshot snapshot) {
    this.hostAdded = hostAdded;
    id = EnvelopeCache.id(envelope.key);
    hasResource = envelope.hasHead;
    resource = envelope.head.copy();
    schemaUrl = envelope.schemaUrl.copy();
    unknown = envelope.unknown.copy();
    scanAttributes();
    senderId = senderId(envelope);
    byte[] host = word("app.host.ip").getBytes(UTF_8);
    AddressText.parse(host, 0, host.length, hostAddress);
    labelledBy = snapshot;
    labels = snapshot.label(this::word);
    service = labels.service().getBytes(UTF_8);
    labelId = LabelId.of(labels);
  }

  private void scanAttributes() {
    var cursor = new ProtobufCursor(resource, 0, resource.length);
    int whole = 0;
    try {
      while (cursor.hasMore()) {
        int start = cursor.position();
        int tag = cursor.readTag();
        if (tag == ATTRIBUTES) {
          lastAttribute = start;
          AttributeScanner.scan(cursor, attributes);
          whole = attributes.size;
        } else {
          cursor.skip(tag);
        }
      }
    } catch (MalformedProtobufException _) {
      // Kept as it came; what can't be read says nothing.
      attributes.size = whole;
    }
    var text = new Text();
    for (int i = 0; i < attributes.size; i++) {
      if (attributes.type[i] != AttributeList.OTHER) {
        text.set(resource, attributes, i);
        words.put(
            new String(resource, attributes.keyOffset[i], attributes.keyLength[i], UTF_8),
            new String(text.bytes, text.offset, text.length, UTF_8));
      }
    }
  }

  /// Names the content without what the agent added. A Resource that is empty then may have been
  /// missing before, so both are named alike.
  private byte[] senderId(Envelope envelope) {
    var key = new ByteScratch();
    envelope.writeKey(key, 0, hostAdded ? lastAttribute : resource.length);
    return EnvelopeCache.id(key);
  }

  private String word(String key) {
    return words.getOrDefault(key, "");
  }

  /// Name of the service.
  byte[] service() {
    return service;
  }

  /// Takes labels from `snapshot` from now on.
  void relabel(LabelSnapshot snapshot) {
    if (labelledBy != snapshot) {
      labelledBy = snapshot;
      labels = snapshot.label(this::word);
      service = labels.service().getBytes(UTF_8);
      labelId = LabelId.of(labels);
      generation = -1;
      storedDay = -1;
    }
  }

  /// Appends the service and the label of one row.
  ///
  /// @param blockGeneration tells this filling of the block from all others
  void appendLabels(SpanBlock block, long blockGeneration) {
    if (generation != blockGeneration) {
      generation = blockGeneration;
      serviceIndex = block.service.indexOf(service, 0, service.length);
    }
    block.service.appendIndex(serviceIndex);
    block.labelId.append(labelId);
  }

  /// The service's number in the block of the last [#appendLabels].
  int serviceIndex() {
    return serviceIndex;
  }

  long labelId() {
    return labelId;
  }

  /// Whether the sender sent the same.
  boolean isSentAs(KnownResource other) {
    return Arrays.equals(senderId, other.senderId);
  }

  /// Appends its row and its label's unless those of this day went before.
  ///
  /// @param day days since 1970-01-01 UTC
  void store(int day, ResourceBlock into, LabelBlock labelBlock) {
    if (storedDay == day) {
      return;
    }
    storedDay = day;
    LabelId.append(day, labels, labelBlock);
    into.day.append(day);
    into.resourceId.append(id);
    into.senderResourceId.append(senderId);
    into.hasResource.append(hasResource ? 1 : 0);
    into.resource.append(resource);
    into.schemaUrl.append(schemaUrl);
    into.unknownFields.append(unknown);
    var text = new Text();
    for (int i = 0; i < attributes.size; i++) {
      into.attributes.keys().append(resource, attributes.keyOffset[i], attributes.keyLength[i]);
      text.set(resource, attributes, i).appendTo(into.attributes.values());
    }
    into.attributes.endRow();
    boolean plain = attributes.allStrings(0, attributes.size);
    into.attributeTypes.append(
        plain ? new byte[0] : Arrays.copyOf(attributes.type, attributes.size));
    into.service.append(service);
    into.appHostIpAdded.append(hostAdded ? 1 : 0);
  }
}
