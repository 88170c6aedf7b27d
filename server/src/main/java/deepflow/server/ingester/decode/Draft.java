package deepflow.server.ingester.decode;

import static deepflow.wire.otlp.ProtobufCursor.FIXED64;
import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.tag;

import deepflow.server.labeler.LabelSnapshot;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Spans of whole batches that wait to become a block, as they came: where each one lies, and what
/// it is sorted by. Of a span only its trace id and start are read here, which stand at its
/// beginning; the rest is read once, in the table's order, by [SpanEncoder].
///
/// For one thread; used again and again.
public final class Draft {
  private static final int REQUEST_RESOURCE_SPANS =
      tag(OtlpField.REQUEST_RESOURCE_SPANS, LENGTH_DELIMITED);
  private static final int TRACE_ID = tag(OtlpField.SPAN_TRACE_ID, LENGTH_DELIMITED);
  private static final int START_TIME = tag(OtlpField.SPAN_START_TIME_UNIX_NANO, FIXED64);
  private static final int TRACE_ID_BYTES = 16;

  /// Of one with its two ids. What is shorter is refused at once: a frame may have forty million of
  /// two bytes, and each that waits takes fifty.
  private static final int SPAN_BYTES_MIN = 2 + TRACE_ID_BYTES + 2 + Long.BYTES;

  /// Of a batch. Agents cut what has more than [deepflow.wire.otlp.RequestCut#SPANS_MAX], and what
  /// they seal together has less than this. A block is all of a batch, and a span without anything
  /// takes four hundred bytes of it: 64 MiB of such spans would be more than there is memory.
  static final int BATCH_SPANS_MAX = 160_000;

  private static final int UNMARKED = 0;
  private static final int HOST_ADDED = 1;

  /// Where spans come from.
  static final class Source {
    final Batch batch;

    /// 16 bytes, as the column `sender`.
    final byte[] sender;

    Source(Batch batch, byte[] sender) {
      this.batch = batch;
      this.sender = sender;
    }
  }

  private final Supplier<LabelSnapshot> labels;
  final LateQuestions late;
  private final Arena arena = new Arena();
  private final Envelope resourceSpans = new Envelope();
  private final Envelope scopeSpans = new Envelope();
  private final ProtobufCursor cursor = new ProtobufCursor();
  private final EnvelopeCache<KnownResource> resources;
  private final EnvelopeCache<KnownResource> resourcesWithHostAdded;
  private final EnvelopeCache<KnownScope> scopes = new EnvelopeCache<>(KnownScope::new);

  private final List<Batch> batches = new ArrayList<>();
  final List<Source> sources = new ArrayList<>();
  final List<KnownResource> resourceOf = new ArrayList<>();
  final List<KnownScope> scopeOf = new ArrayList<>();

  private int size;

  /// Of each span: the array that it lies in, where, and indexes into the lists above.
  byte[][] bytes = new byte[1024][];

  int[] offset = new int[1024];
  int[] length = new int[1024];
  int[] source = new int[1024];
  int[] resource = new int[1024];
  int[] scope = new int[1024];

  /// Of each span: what it is sorted by.
  final SortKeys keys = new SortKeys();

  private long bytesKept;

  /// Spans before the batch that was begun last.
  private int batchStart;

  /// Reads what can't be stored in any case.
  private final SpanScanner scanner = new SpanScanner(new ScannedSpan());

  /// Of the request that is added: spans that are refused at once.
  private final Map<SpanRefusal, AtomicInteger> unfit = new EnumMap<>(SpanRefusal.class);

  /// Likewise, of all requests.
  private final Map<SpanRefusal, Integer> refused = new EnumMap<>(SpanRefusal.class);

  /// @param labels gives the snapshot in use
  public Draft(Supplier<LabelSnapshot> labels) {
    this(labels, LateQuestions.NONE);
  }

  /// @param labels gives the snapshot in use
  /// @param late gets what it can't answer yet
  public Draft(Supplier<LabelSnapshot> labels, LateQuestions late) {
    this.labels = labels;
    this.late = late;
    this.resources = new EnvelopeCache<>(e -> new KnownResource(e, /* hostAdded= */ false));
    this.resourcesWithHostAdded =
        new EnvelopeCache<>(e -> new KnownResource(e, /* hostAdded= */ true));
  }

  LabelSnapshot snapshot() {
    return labels.get();
  }

  /// Spans so far, those included that will turn out to be refused, without those that were at
  /// once.
  public int spans() {
    return size;
  }

  /// What all requests take, as they came: an attribute of a resource may be larger than all spans.
  public long bytes() {
    return bytesKept;
  }

  /// The batches so far, in the order in which they came.
  public List<Batch> batches() {
    return List.copyOf(batches);
  }

  /// Whether there is no batch at all.
  public boolean isEmpty() {
    return batches.isEmpty();
  }

  /// Whether two spans are the same bytes, of the same scope and, apart from what an agent added,
  /// of the same resource.
  boolean isSame(int a, int b) {
    return length[a] == length[b]
        && Arrays.equals(
            bytes[a], offset[a], offset[a] + length[a], bytes[b], offset[b], offset[b] + length[b])
        && scopeOf.get(scope[a]).hasIdOf(scopeOf.get(scope[b]))
        && resourceOf.get(resource[a]).isSentAs(resourceOf.get(resource[b]));
  }

  /// Forgets everything but what is known about resources and scopes.
  public void clear() {
    arena.clear();
    batches.clear();
    sources.clear();
    resourceOf.clear();
    scopeOf.clear();
    Arrays.fill(bytes, 0, size, null);
    size = 0;
    bytesKept = 0;
    refused.clear();
  }

  /// Begins a batch; it stays even if it has no span.
  public void begin(Batch batch) {
    batches.add(batch);
    batchStart = size;
  }

  /// Counts spans of the batch that was begun last which nobody can store.
  public void refuse(SpanRefusal reason, int count) {
    if (count > 0) {
      batches.getLast().countRefused(reason, count);
      refused.merge(reason, count, Integer::sum);
    }
  }

  /// Adds an ExportTraceServiceRequest to the batch that was begun last. The bytes are copied.
  ///
  /// @param sender who sent it to the agent: 16 bytes, IPv4 as ::ffff:a.b.c.d, zeros when not known
  /// @throws MalformedProtobufException when the envelopes round the spans are broken; nothing of
  ///   the request is added then
  public void add(byte[] request, int from, int count, byte[] sender, HostAdded hostAdded)
      throws MalformedProtobufException {
    int before = size;
    unfit.clear();
    byte[] kept = arena.reserve(count);
    int start = arena.copy(request, from, count);
    bytesKept += count;
    sources.add(new Source(batches.getLast(), sender));
    try {
      addResourceSpans(kept, start, count, hostAdded);
    } catch (MalformedProtobufException broken) {
      size = before;
      throw broken;
    }
    unfit.forEach((reason, spans) -> {
      batches.getLast().countRefused(reason, spans.get());
      refused.merge(reason, spans.get(), Integer::sum);
    });
  }

  /// Spans that were refused at once.
  Map<SpanRefusal, Integer> refused() {
    return refused;
  }

  private void addResourceSpans(byte[] request, int start, int count, HostAdded hostAdded)
      throws MalformedProtobufException {
    var outer = new ProtobufCursor(request, start, count);
    for (int index = 0; outer.hasMore(); ) {
      int tag = outer.readTag();
      if (tag == REQUEST_RESOURCE_SPANS) {
        int childLength = outer.readLength();
        int child = outer.position();
        outer.advance(childLength);
        addResourceSpans(request, child, childLength, hostAdded.test(index++));
      } else {
        outer.skip(tag);
      }
    }
  }

  private void addResourceSpans(byte[] request, int start, int count, boolean hostAdded)
      throws MalformedProtobufException {
    resourceSpans.scan(request, start, count, hostAdded ? HOST_ADDED : UNMARKED);
    if (!resourceSpans.hasChildren) {
      return;
    }
    int before = size;
    resourceOf.add((hostAdded ? resourcesWithHostAdded : resources).get(resourceSpans));
    while (resourceSpans.nextChild()) {
      addScopeSpans(request, resourceSpans.childOffset, resourceSpans.childLength);
    }
    if (size == before) {
      resourceOf.removeLast();
    }
  }

  private void addScopeSpans(byte[] request, int start, int count)
      throws MalformedProtobufException {
    scopeSpans.scan(request, start, count, UNMARKED);
    if (!scopeSpans.hasChildren) {
      return;
    }
    int before = size;
    scopeOf.add(scopes.get(scopeSpans));
    while (scopeSpans.nextChild()) {
      addSpan(request, scopeSpans.childOffset, scopeSpans.childLength);
    }
    if (size == before) {
      scopeOf.removeLast();
    }
  }

  private void addSpan(byte[] request, int from, int count) {
    if (count < SPAN_BYTES_MIN) {
      SpanRefusal reason = scanner.scan(request, from, count);
      countUnfit(reason == null ? SpanRefusal.MALFORMED : reason);
      return;
    }
    if (size - batchStart == BATCH_SPANS_MAX) {
      countUnfit(SpanRefusal.TOO_MANY);
      return;
    }
    if (size == offset.length) {
      grow(Math.multiplyExact(size, 2));
    }
    bytes[size] = request;
    offset[size] = from;
    length[size] = count;
    source[size] = sources.size() - 1;
    resource[size] = resourceOf.size() - 1;
    scope[size] = scopeOf.size() - 1;
    readKey(request, from, count);
    size++;
  }

  private void countUnfit(SpanRefusal reason) {
    unfit.computeIfAbsent(reason, _ -> new AtomicInteger()).incrementAndGet();
  }

  /// Reads as much of a span as its place needs. A broken one gets any place: [SpanEncoder] refuses
  /// it.
  private void readKey(byte[] request, int from, int count) {
    int traceId = -1;
    long startTime = 0;
    cursor.reset(request, from, count);
    try {
      while (cursor.hasMore()) {
        int tag = cursor.readTag();
        if (tag == START_TIME) {
          startTime = cursor.readFixed64();
          if (traceId >= 0) {
            break;
          }
        } else if (tag == TRACE_ID) {
          int idLength = cursor.readLength();
          traceId = idLength == TRACE_ID_BYTES ? cursor.position() : -1;
          cursor.advance(idLength);
        } else {
          cursor.skip(tag);
        }
      }
    } catch (MalformedProtobufException _) {
      traceId = -1;
    }
    if (traceId < 0) {
      keys.set(size, 0, 0, startTime);
    } else {
      keys.set(size, request, traceId, startTime);
    }
  }

  private void grow(int capacity) {
    bytes = Arrays.copyOf(bytes, capacity);
    offset = Arrays.copyOf(offset, capacity);
    length = Arrays.copyOf(length, capacity);
    source = Arrays.copyOf(source, capacity);
    resource = Arrays.copyOf(resource, capacity);
    scope = Arrays.copyOf(scope, capacity);
  }
}
