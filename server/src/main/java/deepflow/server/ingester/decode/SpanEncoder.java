package deepflow.server.ingester.decode;

import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.NullableColumn;
import deepflow.server.storage.BlockId;
import deepflow.server.storage.RedSpan;
import deepflow.server.storage.SpanBlock;
import deepflow.server.storage.StoredBlock;
import deepflow.server.storage.ValueIndexBlock;
import java.util.EnumMap;
import java.util.Map;

/// Makes a block of a [Draft]: reads each span's bytes once and writes its row, in the table's
/// order.
///
/// For one thread; used again and again.
public final class SpanEncoder {
  private static final byte[] NO_ID = new byte[8];
  private static final int STATUS_ERROR = 2;

  private final ScannedSpan span = new ScannedSpan();
  private final SpanScanner scanner = new SpanScanner(span);
  private final CanonicalFields canonical = new CanonicalFields(span);
  private final KeyDictionary keys = new KeyDictionary();
  private final SideLabels labels = new SideLabels();
  private final Text text = new Text();
  private final Elements elements = new Elements();
  private final ByteScratch scratch = new ByteScratch();
  private final ByteScratch peer = new ByteScratch();
  private final RedSpan red = new RedSpan();
  private final byte[] peerAddress = new byte[AddressText.BYTES];
  private final byte[] namedAddress = new byte[AddressText.BYTES];
  private final Map<SpanRefusal, Integer> refused = new EnumMap<>(SpanRefusal.class);

  private int merged;

  /// Counts the blocks: numbers in a dictionary are good for one of them.
  private long generation;

  /// Writes all spans of a draft.
  ///
  /// @param into begun and empty; gets a row for each span that isn't refused and not among those
  ///   before, and the resources and scopes that no block of this day had before
  public void encode(Draft draft, StoredBlock into) {
    generation++;
    refused.clear();
    refused.putAll(draft.refused());
    merged = 0;
    BlockId id = into.id();
    int day = id.day();
    draft.resourceOf.forEach(resource -> resource.store(day, into.resources()));
    labels.begin(draft.snapshot(), draft.late, day, into.labels());
    draft.scopeOf.forEach(scope -> scope.store(day, into.scopes()));
    int size = draft.spans();
    draft.keys.sort(size);
    var repeats = new Repeats(draft);
    for (int place = 0; place < size; place++) {
      int index = draft.keys.at(place);
      Batch batch = draft.sources.get(draft.source[index]).batch;
      SpanRefusal refusal =
          scanner.scan(draft.bytes[index], draft.offset[index], draft.length[index]);
      if (refusal == null && repeats.isThere(index)) {
        batch.countMerged();
        merged++;
      } else if (refusal == null) {
        batch.countSpan();
        append(draft, index, into);
      } else {
        batch.countRefused(refusal, 1);
        refused.merge(refusal, 1, Integer::sum);
      }
    }
    into.traceIndex().finish(id);
    into.valueIndex().finish(id);
    into.red().finish(id);
  }

  private void append(Draft draft, int index, StoredBlock into) {
    SpanBlock spans = into.spans();
    KnownResource resource = draft.resourceOf.get(draft.resource[index]);
    spans.blockTime.append(into.id().timeSeconds());
    spans.blockId.append(into.id().number());
    Draft.Source source = draft.sources.get(draft.source[index]);
    appendSource(spans, source);
    appendSpan(spans);
    appendAttributes(spans, into.valueIndex());
    spans.scopeId.append(draft.scopeOf.get(draft.scope[index]).id);
    appendCanonical(spans, resource, source.batch);
    into.traceIndex()
        .add(
            into.id(),
            span.bytes,
            span.traceId,
            span.parentSpanId < 0,
            span.startTime,
            span.endTime,
            span.statusCode == STATUS_ERROR,
            resource.serviceIndex(),
            resource.service(),
            span.nameOffset,
            span.nameLength);
    into.linkIndex()
        .add(
            into.id(),
            span.bytes,
            span.traceId,
            span.spanId,
            span.startTime,
            resource.serviceIndex(),
            resource.service(),
            span.nameOffset,
            span.nameLength,
            span.links.bytes,
            span.links.length);
    measure(source, resource);
    into.red().add(into.id(), red);
  }

  /// What is not in [#red] yet.
  private void measure(Draft.Source source, KnownResource resource) {
    red.agent = source.batch.agentBytes();
    red.start = span.startTime;
    red.end = span.endTime;
    red.service = resource.service();
    red.serviceNumber = resource.serviceIndex();
    red.bytes = span.bytes;
    red.nameAt = span.nameOffset;
    red.nameLength = span.nameLength;
    red.kind = span.kind;
    red.statusCode = span.statusCode;
  }

  /// How many spans of the last draft were refused, by reason.
  public Map<SpanRefusal, Integer> refused() {
    return Map.copyOf(refused);
  }

  /// How many spans of the last draft were in it more than once, not counting the first.
  public int merged() {
    return merged;
  }

  private static void appendSource(SpanBlock block, Draft.Source source) {
    block.agent.append(source.batch.agentBytes());
    block.batch.append(source.batch.number());
    block.sender.append(source.sender);
  }

  private void appendSpan(SpanBlock block) {
    byte[] bytes = span.bytes;
    block.traceId.append(bytes, span.traceId, 16);
    block.spanId.append(bytes, span.spanId, 8);
    if (span.parentSpanId < 0) {
      block.parentSpanId.append(NO_ID);
    } else {
      block.parentSpanId.append(bytes, span.parentSpanId, 8);
    }
    block.traceState.append(bytes, span.traceStateOffset, span.traceStateLength);
    block.flags.append(span.flags);
    red.nameNumber = block.name.indexOf(bytes, span.nameOffset, span.nameLength);
    block.name.appendIndex(red.nameNumber);
    block.kind.append(span.kind);
    block.startTime.append(span.startTime);
    block.duration.append(span.endTime - span.startTime);
    block.hasStatus.append(span.hasStatus ? 1 : 0);
    block.statusCode.append(span.statusCode);
    block.statusMessage.append(bytes, span.statusMessageOffset, span.statusMessageLength);
    block.droppedAttributesCount.append(span.droppedAttributes);
    block.droppedEventsCount.append(span.droppedEvents);
    block.droppedLinksCount.append(span.droppedLinks);
    for (int i = 0; i < span.eventCount; i++) {
      block.eventNames.elements().append(bytes, span.eventNameOffset[i], span.eventNameLength[i]);
    }
    block.eventNames.endRow();
    block.events.append(span.events.bytes, 0, span.events.length);
    block.links.append(span.links.bytes, 0, span.links.length);
    appendUnknown(block);
  }

  private void appendUnknown(SpanBlock block) {
    scratch.clear();
    if (span.inexact) {
      scratch.put(SpanBlock.WHOLE_SPAN);
      scratch.put(span.bytes, span.offset, span.length);
    } else if (span.unknown.length > 0) {
      scratch.put(SpanBlock.UNKNOWN_FIELDS);
      scratch.put(span.unknown);
    }
    block.unknownFields.append(scratch.bytes, 0, scratch.length);
  }

  private void appendAttributes(SpanBlock block, ValueIndexBlock index) {
    AttributeList list = span.attributes;
    var columnOfKeys = block.attributes.keys();
    var columnOfValues = block.attributes.values();
    canonical.begin();
    keys.begin();
    for (int i = 0; i < list.size; i++) {
      KeyDictionary.Key key = keys.find(span.bytes, list.keyOffset[i], list.keyLength[i]);
      if (key.generation != generation) {
        key.generation = generation;
        key.index = columnOfKeys.indexOf(key.bytes, 0, key.bytes.length);
      }
      columnOfKeys.appendIndex(key.index);
      text.set(span.bytes, list, i).appendTo(columnOfValues);
      index.add(text.bytes, text.offset, text.length, span.startTime);
      canonical.note(key, i);
    }
    block.attributes.endRow();
    appendElements(block, index);
    boolean plain = list.allStrings(0, list.size);
    block.attributeTypes.append(list.type, 0, plain ? 0 : list.size);
  }

  private void appendElements(SpanBlock block, ValueIndexBlock index) {
    AttributeList list = span.attributes;
    for (int i = 0; i < list.size; i++) {
      if (list.type[i] == AttributeList.OTHER) {
        elements.append(
            span.bytes,
            list,
            i,
            block.elements,
            (bytes, offset, length) -> index.add(bytes, offset, length, span.startTime));
      }
    }
    block.elements.endRow();
  }

  private void appendCanonical(SpanBlock block, KnownResource resource, Batch batch) {
    block.resourceId.append(resource.id);
    resource.appendService(block, generation);
    boolean hasPeer = parse(canonical.text(Meaning.PEER_ADDRESS, text), peerAddress);
    appendAddresses(block, resource.hostAddress);
    red.serverPort = canonical.serverPort(text);
    appendLabels(block, resource, batch.agentHost(), hasPeer);
    red.protocol = canonical.transport(text);
    red.l7Protocol = canonical.l7Protocol(text);
    block.protocol.append(red.protocol);
    block.serverPort.append(red.serverPort);
    block.clientPort.append(canonical.clientPort());
    block.l7Protocol.append(red.l7Protocol);
    block.isTls.append(canonical.isTls(text) ? 1 : 0);
    canonical.text(Meaning.PROTOCOL_VERSION, text).appendTo(block.version);
    canonical.requestType(text).appendTo(block.requestType);
    canonical.requestDomain(text).appendTo(block.requestDomain);
    canonical.requestResource(text).appendTo(block.requestResource);
    appendLength(block.requestLength, canonical.requestLength());
    appendLength(block.responseLength, canonical.responseLength());
    red.responseStatus = canonical.responseStatus(text);
    block.responseStatus.append(red.responseStatus);
    int code = canonical.responseCode(text);
    if (code == Integer.MIN_VALUE) {
      block.responseCode.appendDefault();
    } else {
      IntColumn values = block.responseCode.present();
      values.append(code);
    }
    canonical.responseException(text).appendTo(block.responseException);
    appendPeer(block);
  }

  private void appendPeer(SpanBlock block) {
    red.peerType = canonical.peerType(text);
    canonical.peer(red.peerType, text, peer);
    red.peer = peer.bytes;
    red.peerLength = peer.length;
    block.peerType.append(red.peerType);
    block.peer.append(peer.bytes, 0, peer.length);
  }

  private static void appendLength(NullableColumn<LongColumn> column, long length) {
    if (length < 0) {
      column.appendDefault();
    } else {
      column.present().append(length);
    }
  }

  /// Reads the address of the other side, zeros when it isn't one.
  private static boolean parse(Text address, byte[] into) {
    return AddressText.parse(address.bytes, address.offset, address.length, into);
  }

  private void appendAddresses(SpanBlock block, byte[] host) {
    red.ip0 = canonical.isClientSide() ? host : peerAddress;
    red.ip1 = canonical.isClientSide() ? peerAddress : host;
    red.isIpv4 = AddressText.isV4(host) || AddressText.isV4(peerAddress) ? 1 : 0;
    block.ip0.append(red.ip0);
    block.ip1.append(red.ip1);
    block.isIpv4.append(red.isIpv4);
  }

  /// Where a span names whom it calls instead of giving an address, the name may be an address.
  private void appendLabels(
      SpanBlock block, KnownResource resource, String agentHost, boolean hasPeer) {
    boolean serves = span.kind == CanonicalFields.KIND_SERVER;
    int port = red.serverPort;
    SideLabel own = labels.own(resource, agentHost, serves ? port : 0, span.startTime);
    boolean isNamed = !hasPeer && !serves;
    boolean isAddress = isNamed && parse(canonical.peerName(text), namedAddress);
    if (!isNamed || isAddress) {
      text.clear();
    }
    byte[] peerAt = isAddress ? namedAddress : peerAddress;
    SideLabel other = labels.peer(own, peerAt, text, serves ? 0 : port, !serves, span.startTime);
    red.labelId = own.id();
    red.peerLabelId = other.id();
    block.labelId.append(red.labelId);
    block.peerLabelId.append(red.peerLabelId);
  }
}
