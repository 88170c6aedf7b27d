package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.tag;
import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.server.labeler.Address;
import deepflow.server.labeler.Sender;
import deepflow.server.storage.ResourceBlock;
import deepflow.server.storage.SpanBlock;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A ResourceSpans without its spans, and all that a span's row takes from it.
final class KnownResource {
  private static final int ATTRIBUTES = tag(OtlpField.RESOURCE_ATTRIBUTES, LENGTH_DELIMITED);

  private static final String HOST_IP = "app.host.ip";
  private static final int ANY_PORT = -1;
  private static final int LABELS_MAX = 8;

  final byte[] id;

  /// `app.host.ip`, zeros when it says no address.
  final byte[] hostAddress = new byte[AddressText.BYTES];

  final boolean hostAdded;
  private final byte[] senderId;
  private final boolean hasResource;
  private final byte[] resource;
  private final byte[] schemaUrl;
  private final byte[] unknown;
  private final byte[] service;
  private final Address seen;

  /// Labels by the port at which it serves, good for [#era] and for an agent on [#labelsHost].
  private final List<OwnLabel> labels = new ArrayList<>();

  private long era = -1;
  private String labelsHost = "";

  /// Number of the service in the column of the block whose generation is [#generation].
  private int serviceIndex;

  private long generation = -1;

  /// The last day for which its row went into a block.
  private int storedDay = -1;

  /// @param port 0 when it doesn't serve, [#ANY_PORT] when the port doesn't matter
  private record OwnLabel(int port, SideLabel label) {}

  KnownResource(Envelope envelope, boolean hostAdded) {
    this.hostAdded = hostAdded;
    id = EnvelopeCache.id(envelope.key);
    hasResource = envelope.hasHead;
    resource = envelope.head.copy();
    schemaUrl = envelope.schemaUrl.copy();
    unknown = envelope.unknown.copy();
    AttributeList attributes = attributes();
    senderId = senderId(envelope);
    Map<String, String> words = words(attributes);
    byte[] host = words.getOrDefault(HOST_IP, "").getBytes(UTF_8);
    AddressText.parse(host, 0, host.length, hostAddress);
    seen = hostAdded ? Address.read(hostAddress) : Address.NONE;
    service = words.getOrDefault("service.name", "").getBytes(UTF_8);
  }

  /// Read anew each time: to keep them would take ten times the resource's bytes.
  private AttributeList attributes() {
    var attributes = new AttributeList();
    var cursor = new ProtobufCursor(resource, 0, resource.length);
    int whole = 0;
    try {
      while (cursor.hasMore()) {
        int tag = cursor.readTag();
        if (tag == ATTRIBUTES) {
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
    return attributes;
  }

  private Map<String, String> words(AttributeList attributes) {
    Map<String, String> words = new HashMap<>();
    var text = new Text();
    for (int i = 0; i < attributes.size; i++) {
      if (attributes.type[i] != AttributeList.OTHER) {
        text.set(resource, attributes, i);
        words.put(
            new String(resource, attributes.keyOffset[i], attributes.keyLength[i], UTF_8),
            new String(text.bytes, text.offset, text.length, UTF_8));
      }
    }
    return words;
  }

  /// Names the content without what the agent added. A Resource that is empty then may have been
  /// missing before, so both are named alike.
  private byte[] senderId(Envelope envelope) {
    var key = new ByteScratch();
    envelope.writeKey(key, 0, hostAdded ? lastAttribute() : resource.length);
    return EnvelopeCache.id(key);
  }

  /// Where the resource's last attribute begins.
  private int lastAttribute() {
    var cursor = new ProtobufCursor(resource, 0, resource.length);
    int last = 0;
    try {
      while (cursor.hasMore()) {
        int start = cursor.position();
        int tag = cursor.readTag();
        last = tag == ATTRIBUTES ? start : last;
        cursor.skip(tag);
      }
    } catch (MalformedProtobufException _) {
      // What is whole before the break counts.
    }
    return last;
  }

  /// Name of the service.
  byte[] service() {
    return service;
  }

  /// Who it is when it comes by an agent on that host.
  Sender sender(String agentHost) {
    Map<String, String> words = words(attributes());
    if (hostAdded) {
      boolean _ = words.remove(HOST_IP) != null;
    }
    return new Sender(words, seen, agentHost);
  }

  /// The label that was found before for an agent on that host, or null.
  @Nullable SideLabel label(long wantedEra, String agentHost, int port, long time) {
    if (era != wantedEra || !labelsHost.equals(agentHost)) {
      era = wantedEra;
      labelsHost = agentHost;
      labels.clear();
    }
    for (OwnLabel known : labels) {
      if ((known.port == port || known.port == ANY_PORT) && known.label.side().holdsAt(time)) {
        return known.label;
      }
    }
    return null;
  }

  void keep(int port, SideLabel label) {
    if (labels.size() == LABELS_MAX) {
      labels.clear();
    }
    labels.add(new OwnLabel(label.side().byPort() ? port : ANY_PORT, label));
  }

  /// Appends the service of one row.
  ///
  /// @param blockGeneration tells this filling of the block from all others
  void appendService(SpanBlock block, long blockGeneration) {
    if (generation != blockGeneration) {
      generation = blockGeneration;
      serviceIndex = block.service.indexOf(service, 0, service.length);
    }
    block.service.appendIndex(serviceIndex);
  }

  /// The service's number in the block of the last [#appendService].
  int serviceIndex() {
    return serviceIndex;
  }

  /// Whether the sender sent the same.
  boolean isSentAs(KnownResource other) {
    return Arrays.equals(senderId, other.senderId);
  }

  /// Appends its row unless that of this day went before.
  ///
  /// @param day days since 1970-01-01 UTC
  void store(int day, ResourceBlock into) {
    if (storedDay == day) {
      return;
    }
    storedDay = day;
    into.day.append(day);
    into.resourceId.append(id);
    into.senderResourceId.append(senderId);
    into.hasResource.append(hasResource ? 1 : 0);
    into.resource.append(resource);
    into.schemaUrl.append(schemaUrl);
    into.unknownFields.append(unknown);
    AttributeList attributes = attributes();
    var text = new Text();
    var elements = new Elements();
    for (int i = 0; i < attributes.size; i++) {
      into.attributes.keys().append(resource, attributes.keyOffset[i], attributes.keyLength[i]);
      text.set(resource, attributes, i).appendTo(into.attributes.values());
      if (attributes.type[i] == AttributeList.OTHER) {
        elements.append(resource, attributes, i, into.elements, (_, _, _) -> {});
      }
    }
    into.attributes.endRow();
    into.elements.endRow();
    boolean plain = attributes.allStrings(0, attributes.size);
    into.attributeTypes.append(
        plain ? new byte[0] : Arrays.copyOf(attributes.type, attributes.size));
    into.service.append(service);
    into.appHostIpAdded.append(hostAdded ? 1 : 0);
  }
}
