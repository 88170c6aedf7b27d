package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestSplitTest {
  /// A span with all that it needs to be understood.
  ///
  /// @param alone the span in its request, without siblings
  /// @param headBytes of request, resource and scope without their children
  /// @param wholeBytes of a request with all of the request, only this resource, only this scope,
  ///   only this span
  private record Placed(
      ExportTraceServiceRequest alone, List<Integer> headBytes, List<Integer> wholeBytes) {}

  private final List<byte[]> pieces = new ArrayList<>();
  private int spans;

  @Test
  void keepsEachSpanWithItsResourceAndScopeInOrder() throws Exception {
    for (int i = 0; i < 3_000; i++) {
      long seed = RandomOtlp.seed() + i;
      Random random = new Random(seed);
      byte[] request = new RandomOtlp(random, true, false).request().toByteArray();
      int bytesMax = 1 + random.nextInt(2 * request.length + 1);

      int refused = split(request, bytesMax);

      assertThat(pieces).as("seed %s", seed).allMatch(piece -> piece.length <= bytesMax);
      List<ExportTraceServiceRequest> fit =
          placed(request).stream().filter(span -> fits(span, bytesMax)).map(Placed::alone).toList();
      assertThat(spansOfPieces()).as("seed %s", seed).isEqualTo(fit);
      assertThat(spans).as("seed %s", seed).isEqualTo(fit.size());
      assertThat(refused).as("seed %s", seed).isEqualTo(placed(request).size() - fit.size());
    }
  }

  @Test
  void leavesARequestWholeThatFits() throws Exception {
    byte[] request = request("a", 3, 10).toByteArray();

    assertThat(split(request, request.length)).isZero();

    assertThat(pieces).containsExactly(request);
    assertThat(spans).isEqualTo(3);
  }

  @Test
  void cutsBetweenResourcesWhenEachFits() throws Exception {
    ExportTraceServiceRequest first = request("a", 3, 10);
    ExportTraceServiceRequest second = request("b", 2, 10);
    byte[] both = first.toBuilder().mergeFrom(second).build().toByteArray();

    assertThat(split(both, both.length - 1)).isZero();

    assertThat(pieces).containsExactly(first.toByteArray(), second.toByteArray());
  }

  @Test
  void takesASpanThatFitsToTheByteAndRefusesALargerOneAlone() throws Exception {
    byte[] request = request("a", 1, 1000).toByteArray();
    byte[] three =
        ExportTraceServiceRequest.newBuilder()
            .mergeFrom(request("a", 1, 1000))
            .mergeFrom(request("a", 1, 1001))
            .mergeFrom(request("a", 1, 1000))
            .build()
            .toByteArray();

    assertThat(split(three, request.length)).isEqualTo(1);

    assertThat(pieces).containsExactly(request, request);
  }

  @Test
  void refusesSpansWhoseResourceWouldBeMostOfEachPiece() throws Exception {
    byte[] large = request("r".repeat(600), 5, 10).toByteArray();
    byte[] small = request("s", 2, 10).toByteArray();
    byte[] both = Arrays.copyOf(large, large.length + small.length);
    System.arraycopy(small, 0, both, large.length, small.length);

    assertThat(split(both, 1000)).isZero();
    assertThat(split(both, 640)).isEqualTo(5);
    assertThat(pieces).containsExactly(small);
  }

  @Test
  void givesNothingWithoutSpans() throws Exception {
    byte[] request =
        ExportTraceServiceRequest.newBuilder()
            .addResourceSpans(resource("a").addScopeSpans(ScopeSpans.newBuilder()))
            .build()
            .toByteArray();
    assertThat(split(request, 1000)).isZero();
    assertThat(split(request, 2)).isZero();
    assertThat(pieces).isEmpty();
  }

  @Test
  void saysWhereARequestIsBroken() {
    byte[] broken = request("a", 3, 10).toByteArray();
    broken[1]++;
    assertThatThrownBy(() -> split(broken, 1000)).isInstanceOf(MalformedProtobufException.class);
    assertThatThrownBy(() -> split(broken, 40)).isInstanceOf(MalformedProtobufException.class);
  }

  private int split(byte[] request, int bytesMax) throws Exception {
    pieces.clear();
    spans = 0;
    byte[] inTheMiddle = new byte[request.length + 7];
    System.arraycopy(request, 0, inTheMiddle, 3, request.length);
    return new RequestSplit(bytesMax)
        .split(
            inTheMiddle,
            3,
            request.length,
            (bytes, offset, length, count) -> {
              pieces.add(Arrays.copyOfRange(bytes, offset, offset + length));
              spans += count;
            });
  }

  /// The rule, on generated classes: the largest message around a span that fits goes as it is;
  /// where one is cut, what is repeated takes at most half.
  private static boolean fits(Placed placed, int bytesMax) {
    int heads = 0;
    for (int depth = 0; depth < 3; depth++) {
      if (placed.wholeBytes.get(depth) <= bytesMax) {
        return true;
      }
      heads += placed.headBytes.get(depth);
      if (heads > bytesMax / 2) {
        return false;
      }
    }
    return placed.wholeBytes.get(3) <= bytesMax;
  }

  private List<ExportTraceServiceRequest> spansOfPieces() throws InvalidProtocolBufferException {
    List<ExportTraceServiceRequest> all = new ArrayList<>();
    for (byte[] piece : pieces) {
      placed(piece).forEach(placed -> all.add(placed.alone));
    }
    return all;
  }

  private static List<Placed> placed(byte[] bytes) throws InvalidProtocolBufferException {
    ExportTraceServiceRequest request = ExportTraceServiceRequest.parseFrom(bytes);
    ExportTraceServiceRequest head = request.toBuilder().clearResourceSpans().build();
    List<Placed> all = new ArrayList<>();
    for (ResourceSpans resource : request.getResourceSpansList()) {
      ResourceSpans resourceHead = resource.toBuilder().clearScopeSpans().build();
      for (ScopeSpans scope : resource.getScopeSpansList()) {
        ScopeSpans scopeHead = scope.toBuilder().clearSpans().build();
        ExportTraceServiceRequest scopeAlone = with(head, resourceHead, scope);
        for (Span span : scope.getSpansList()) {
          ExportTraceServiceRequest alone =
              with(head, resourceHead, scopeHead.toBuilder().addSpans(span).build());
          all.add(
              new Placed(
                  alone,
                  List.of(
                      head.getSerializedSize(),
                      resourceHead.getSerializedSize(),
                      scopeHead.getSerializedSize()),
                  List.of(
                      bytes.length,
                      head.toBuilder().addResourceSpans(resource).build().getSerializedSize(),
                      scopeAlone.getSerializedSize(),
                      alone.getSerializedSize())));
        }
      }
    }
    return all;
  }

  private static ExportTraceServiceRequest with(
      ExportTraceServiceRequest head, ResourceSpans resource, ScopeSpans scope) {
    return head.toBuilder().addResourceSpans(resource.toBuilder().addScopeSpans(scope)).build();
  }

  private static ExportTraceServiceRequest request(String resource, int spans, int spanBytes) {
    ScopeSpans.Builder scope =
        ScopeSpans.newBuilder().setScope(InstrumentationScope.newBuilder().setName("scope"));
    for (int i = 0; i < spans; i++) {
      scope.addSpans(Span.newBuilder().setNameBytes(ByteString.copyFrom(new byte[spanBytes])));
    }
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(resource(resource).addScopeSpans(scope))
        .build();
  }

  private static ResourceSpans.Builder resource(String name) {
    return ResourceSpans.newBuilder()
        .setSchemaUrl(name)
        .setResource(
            Resource.newBuilder()
                .setUnknownFields(
                    UnknownFieldSet.newBuilder()
                        .addField(77, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
                        .build()));
  }
}
