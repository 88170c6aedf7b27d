package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.management.ThreadMXBean;
import deepflow.wire.otlp.CheckedRequest.Accepted;
import deepflow.wire.otlp.CheckedRequest.Malformed;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestCheckTest {
  private static final String IP = "192.168.0.7";
  private static final HostIpAttribute HOST_IP = new HostIpAttribute(IP);
  private static final int CASES = 10_000;

  private final RequestCheck check = new RequestCheck();

  @Test
  void keepsEverythingButBadSpansAndAddsTheAddressToResourcesThatLackIt() throws Exception {
    long seed = RandomOtlp.seed();
    Random random = new Random(seed);
    for (int i = 0; i < CASES; i++) {
      ExportTraceServiceRequest request = new RandomOtlp(random, i % 2 == 0, i % 3 != 0).request();

      assertMatchesModel(request.toByteArray(), "tests.seed=%d case=%d".formatted(seed, i));
    }
  }

  @Test
  void takesConcatenatedRequestsForOne() throws Exception {
    long seed = RandomOtlp.seed();
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      ByteArrayOutputStream joined = new ByteArrayOutputStream();
      new RandomOtlp(random, true, true).request().writeTo(joined);
      new RandomOtlp(random, true, true).request().writeTo(joined);

      assertMatchesModel(joined.toByteArray(), "tests.seed=%d case=%d".formatted(seed, i));
    }
  }

  @Test
  void agreesWithProtobufOnEveryCut() {
    long seed = RandomOtlp.seed();
    byte[] request = somethingOf(new Random(seed), 2000);
    for (int length = 0; length < request.length; length++) {
      byte[] cut = Arrays.copyOf(request, length);

      assertThat(check.check(cut, 0, length, HOST_IP) instanceof Accepted)
          .as("tests.seed=%d cut=%d", seed, length)
          .isEqualTo(isProtobuf(cut));
    }
  }

  @Test
  void takesNothingThatProtobufRefusesHoweverBytesAreFlipped() throws Exception {
    long seed = RandomOtlp.seed();
    Random random = new Random(seed);
    byte[] request = somethingOf(random, 300);
    for (int i = 0; i < CASES; i++) {
      byte[] flipped = request.clone();
      for (int flips = 1 + random.nextInt(2); flips > 0; flips--) {
        flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      }
      if (check.check(flipped, 0, flipped.length, HOST_IP) instanceof Accepted
          && isProtobuf(flipped)) { // protobuf-java also refuses what is not UTF-8; we keep it
        assertMatchesModel(flipped, "tests.seed=%d case=%d".formatted(seed, i));
      }
    }
  }

  @Test
  void returnsTheSameArrayWhenNothingIsToBeChanged() {
    ResourceSpans withAddress = resource("app.host.ip", "10.1.2.3").build();
    byte[] request = request(withAddress, withAddress);

    Accepted accepted = accept(request);

    assertThat(accepted.request()).isSameAs(request);
    assertThat(accepted.spans()).isEqualTo(2);
    assertThat(accepted.hostIpAdded()).containsExactly(0);
  }

  @Test
  void makesNoObjectForASpan() {
    byte[] few = request(withSpans(10));
    byte[] many = request(withSpans(10_000));
    allocated(many); // buffers that are used again have their size now

    long forFew = allocated(few) - few.length;
    long forMany = allocated(many) - many.length;

    assertThat(forMany).as("bytes beside the copy that is kept").isCloseTo(forFew, within(64L));
  }

  @Test
  void walksARangeInsideALargerArray() throws Exception {
    byte[] request = request(resource("k", "v").build());
    byte[] larger = new byte[request.length + 20];
    Arrays.fill(larger, (byte) 0xFF);
    System.arraycopy(request, 0, larger, 7, request.length);

    Accepted accepted = (Accepted) check.check(larger, 7, request.length, HOST_IP);

    assertThat(parse(accepted)).isEqualTo(parse(accept(request)));
  }

  @Test
  void marksWhichOfSeveralResourcesGotTheAddress() throws Exception {
    ResourceSpans bare = resource("k", "v").build();
    ResourceSpans own = resource("app.host.ip", "10.1.2.3").build();
    ResourceSpans[] resources = new ResourceSpans[20];
    Arrays.fill(resources, own);
    resources[1] = bare;
    resources[8] = bare;
    resources[19] = bare.toBuilder().clearResource().build();

    Accepted accepted = accept(request(resources));

    BitSet expected = new BitSet();
    expected.set(1);
    expected.set(8);
    expected.set(19);
    assertThat(BitSet.valueOf(accepted.hostIpAdded())).isEqualTo(expected);
    assertThat(accepted.hostIpAdded()).hasSize(3);
    assertThat(parse(accepted).getResourceSpans(19).getResource().getAttributesList())
        .containsExactly(RequestModel.attribute(IP));
  }

  @Test
  void addsTheAddressOnceToAResourceThatCameInPieces() throws Exception {
    ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    resource("a", "b").build().writeTo(pieces);
    resource("c", "d").build().writeTo(pieces);
    byte[] request = delimited(1, pieces.toByteArray());

    assertMatchesModel(request, "a resource in two pieces");
    assertThat(parse(accept(request)).getResourceSpans(0).getResource().getAttributesCount())
        .isEqualTo(3);
  }

  @Test
  void addsNoAddressWhenThereIsNone() {
    byte[] request = request(resource("k", "v").build());

    Accepted accepted = (Accepted) check.check(request, 0, request.length, null);

    assertThat(accepted.request()).isSameAs(request);
    assertThat(accepted.hostIpAdded()).containsExactly(0);
  }

  /// A mark is cut and an address may be added: what is cut and what is added can be equally long.
  @Test
  void rejectsASpanWithABadIdAloneAndSaysWhy() throws Exception {
    byte[] zero = new byte[16];
    ScopeSpans scope =
        ScopeSpans.newBuilder()
            .addSpans(span("good"))
            .addSpans(span("short").setTraceId(ByteString.copyFrom(new byte[] {1, 2, 3})))
            .addSpans(span("zero").setTraceId(ByteString.copyFrom(zero)))
            .addSpans(span("none").clearSpanId())
            .addSpans(span("parent").setParentSpanId(ByteString.copyFrom(new byte[7])))
            .build();
    byte[] request = request(ResourceSpans.newBuilder().addScopeSpans(scope).build());

    Accepted accepted = accept(request);

    assertThat(accepted.spans()).isEqualTo(1);
    assertThat(accepted.rejectedSpans()).isEqualTo(4);
    assertThat(accepted.message())
        .isEqualTo(
            "spans rejected: 2 with a trace_id that is not 16 bytes (32 hex digits in JSON) or is all"
                + " zero, 1 with a span_id that is not 8 bytes (16 hex digits in JSON) or is all zero,"
                + " 1 with a parent_span_id that is neither empty nor 8 bytes");
    assertThat(parse(accepted).getResourceSpans(0).getScopeSpans(0).getSpansList())
        .containsExactly(span("good").build());
  }

  @Test
  void rejectsASpanWhoseValuesAreNestedTooDeep() throws Exception {
    Span.Builder deepest = span("deepest").addAttributes(nested(RequestCheck.VALUE_DEPTH_MAX));
    Span.Builder deeper = span("deeper").addAttributes(nested(RequestCheck.VALUE_DEPTH_MAX + 1));
    ScopeSpans.Builder scope = ScopeSpans.newBuilder().addSpans(deepest).addSpans(deeper);

    Accepted accepted = accept(request(ResourceSpans.newBuilder().addScopeSpans(scope).build()));

    assertThat(accepted.spans()).isEqualTo(1);
    assertThat(accepted.message())
        .isEqualTo("spans rejected: 1 with a value nested deeper than 64");
  }

  @Test
  void keepsIndexesIntoProfilesStringTableAndTellsTheSender() throws Exception {
    KeyValue byKey = KeyValue.newBuilder().setKeyStrindex(3).build();
    KeyValue byValue =
        KeyValue.newBuilder()
            .setKey("k")
            .setValue(AnyValue.newBuilder().setStringValueStrindex(0))
            .build();
    ScopeSpans.Builder scope = ScopeSpans.newBuilder().addSpans(span("a").addAttributes(byKey));
    scope.addSpans(span("bad").clearSpanId().addAttributes(byValue));
    ResourceSpans.Builder resource =
        ResourceSpans.newBuilder()
            .setResource(Resource.newBuilder().addAttributes(byValue))
            .addScopeSpans(scope);

    Accepted accepted = accept(request(resource.build()));

    assertThat(accepted.spans()).isEqualTo(1);
    assertThat(accepted.message())
        .startsWith("spans rejected: 1 with a span_id")
        .endsWith(
            "; ignored: 3 of key_strindex and string_value_strindex, which belong to profiles");
    assertThat(parse(accepted).getResourceSpans(0).getResource().getAttributes(0))
        .isEqualTo(byValue);
  }

  @Test
  void refusesAResourceWhoseValuesAreNestedTooDeep() {
    Resource.Builder resource =
        Resource.newBuilder().addAttributes(nested(RequestCheck.VALUE_DEPTH_MAX + 1));
    byte[] request = request(ResourceSpans.newBuilder().setResource(resource).build());

    assertThat(check.check(request, 0, request.length, HOST_IP))
        .isEqualTo(new Malformed("value nested deeper than 64", 18));
  }

  @Test
  void survivesNestingThatIsMeantToOverflowTheStack() {
    byte[] value = {};
    for (int i = 0; i < 10_000; i++) {
      value = delimited(5, delimited(1, value));
    }
    byte[] request = delimited(1, delimited(2, delimited(2, delimited(9, delimited(2, value)))));

    Accepted accepted = accept(request);

    assertThat(accepted.rejectedSpans()).isEqualTo(1);
  }

  @Test
  void refusesAKnownFieldOfAnotherWireType() {
    String[] requests = {
      "08 01", // resource_spans as varint
      "0a 02 08 01", // resource as varint
      "0a 04 0a 02 08 01", // resource attribute as varint
      "0a 06 12 04 12 02 08 01", // trace_id as varint
      "0a 06 12 04 12 02 38 01", // start time as varint
      "0a 08 12 06 12 04 4a 02 08 01", // key as varint
      "0a 0a 12 08 12 06 4a 04 12 02 08 01", // string value as varint
    };
    for (String hex : requests) {
      byte[] request = HexFormat.ofDelimiter(" ").parseHex(hex);

      assertThat(check.check(request, 0, request.length, HOST_IP))
          .as(hex)
          .isInstanceOfSatisfying(
              Malformed.class,
              malformed -> assertThat(malformed.message()).contains(" has wire type 0 at byte "));
    }
  }

  @Test
  void refusesMoreResourcesThanCanGrow() {
    byte[] request = new byte[2 * (RequestCheck.RESOURCE_SPANS_MAX + 1)];
    for (int i = 0; i < request.length; i += 2) {
      request[i] = 0x0a;
    }

    assertThat(accept(Arrays.copyOf(request, request.length - 2)).spans()).isZero();
    assertThat(check.check(request, 0, request.length, HOST_IP))
        .isEqualTo(new Malformed("more than 100000 resources", 200_001));
  }

  @Test
  void rejectsAnyNumberOfSpansBetweenGoodOnes() throws Exception {
    for (int bad = 1; bad < 300; bad++) {
      ScopeSpans.Builder scope = ScopeSpans.newBuilder();
      for (int i = 0; i < bad; i++) {
        scope.addSpans(span("bad").clearTraceId()).addSpans(span("good " + i));
      }
      byte[] request = request(ResourceSpans.newBuilder().addScopeSpans(scope).build());

      assertMatchesModel(request, bad + " bad spans");
    }
  }

  @Test
  void needsNoMemoryForBadSpansInARow() {
    byte[] spans = new byte[6_000_000];
    for (int i = 0; i < spans.length; i += 2) {
      spans[i] = 0x12;
    }

    Accepted accepted = accept(delimited(1, delimited(2, spans)));

    assertThat(accepted.rejectedSpans()).isEqualTo(3_000_000);
    assertThat(accepted.length()).isLessThan(100);
  }

  @Test
  void refusesWhatWouldNeedMoreMemoryThanItSentBytes() {
    byte[] emptyScopes = new byte[6_000_000];
    byte[] spansApart = new byte[12_000_000];
    for (int i = 0; i < emptyScopes.length; i += 2) {
      emptyScopes[i] = 0x12;
      spansApart[2 * i] = 0x12;
      spansApart[2 * i + 2] = 0x20; // an unknown field between two bad spans
    }
    for (byte[] request :
        new byte[][] {delimited(1, emptyScopes), delimited(1, delimited(2, spansApart))}) {
      assertThat(check.check(request, 0, request.length, HOST_IP))
          .isInstanceOfSatisfying(
              Malformed.class,
              malformed ->
                  assertThat(malformed.reason())
                      .isEqualTo("more than 1048576 resources, scopes and bad spans"));
    }
    assertThat(accept(request(resource("k", "v").build())).spans()).isEqualTo(1);
  }

  @Test
  void takesAnEmptyRequest() {
    assertThat(accept(new byte[0]))
        .usingRecursiveComparison()
        .isEqualTo(new Accepted(new byte[0], 0, 0, 0, 0, "", new byte[0]));
  }

  private void assertMatchesModel(byte[] request, String about) throws Exception {
    RequestModel model = RequestModel.of(ExportTraceServiceRequest.parseFrom(request), IP);

    Accepted accepted = (Accepted) check.check(request, 0, request.length, HOST_IP);

    assertThat(parse(accepted)).as(about).isEqualTo(model.kept());
    assertThat(accepted.spans()).as(about).isEqualTo(model.spans());
    assertThat(accepted.rejectedSpans()).as(about).isEqualTo(model.rejected());
    assertThat(BitSet.valueOf(accepted.hostIpAdded())).as(about).isEqualTo(model.hostIpAdded());
  }

  private Accepted accept(byte[] request) {
    return (Accepted) check.check(request, 0, request.length, HOST_IP);
  }

  private static ExportTraceServiceRequest parse(Accepted accepted)
      throws InvalidProtocolBufferException {
    return ExportTraceServiceRequest.parser()
        .parseFrom(accepted.request(), accepted.offset(), accepted.length());
  }

  private static boolean isProtobuf(byte[] bytes) {
    try {
      return ExportTraceServiceRequest.parseFrom(bytes).isInitialized();
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  /// A random request of at least so many bytes.
  private static byte[] somethingOf(Random random, int bytes) {
    while (true) {
      byte[] request = new RandomOtlp(random, true, true).request().toByteArray();
      if (request.length >= bytes) {
        return request;
      }
    }
  }

  private static ResourceSpans withSpans(int spans) {
    ResourceSpans.Builder resource = resource("k", "v");
    for (int i = 1; i < spans; i++) {
      resource.getScopeSpansBuilder(0).addSpans(span("some name"));
    }
    return resource.build();
  }

  /// By this thread, in bytes.
  private long allocated(byte[] request) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    CheckedRequest checked = check.check(request, 0, request.length, HOST_IP);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(checked).isInstanceOf(Accepted.class);
    return bytes;
  }

  static byte[] request(ResourceSpans... resources) {
    return ExportTraceServiceRequest.newBuilder()
        .addAllResourceSpans(Arrays.asList(resources))
        .build()
        .toByteArray();
  }

  static ResourceSpans.Builder resource(String key, String value) {
    AnyValue.Builder text = AnyValue.newBuilder().setStringValue(value);
    return ResourceSpans.newBuilder()
        .setResource(
            Resource.newBuilder()
                .addAttributes(KeyValue.newBuilder().setKey(key).setValue(text))
                .setDroppedAttributesCount(3))
        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span("of " + key)));
  }

  private static Span.Builder span(String name) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFromUtf8("a trace of 16 b."))
        .setSpanId(ByteString.copyFromUtf8("8 bytes."))
        .setName(name);
  }

  private static KeyValue nested(int depth) {
    AnyValue value = AnyValue.newBuilder().setIntValue(1).build();
    for (int i = 1; i < depth; i++) {
      value =
          i % 2 == 0
              ? AnyValue.newBuilder()
                  .setArrayValue(ArrayValue.newBuilder().addValues(value))
                  .build()
              : AnyValue.newBuilder()
                  .setKvlistValue(
                      KeyValueList.newBuilder()
                          .addValues(KeyValue.newBuilder().setKey("k").setValue(value)))
                  .build();
    }
    return KeyValue.newBuilder().setKey("nested").setValue(value).build();
  }

  static byte[] delimited(int field, byte[] payload) {
    byte[] bytes = new byte[1 + CodedOutputStream.computeUInt32SizeNoTag(payload.length)];
    bytes[0] = (byte) (field << 3 | 2);
    Varint.write(payload.length, bytes, 1);
    byte[] all = Arrays.copyOf(bytes, bytes.length + payload.length);
    System.arraycopy(payload, 0, all, bytes.length, payload.length);
    return all;
  }
}
