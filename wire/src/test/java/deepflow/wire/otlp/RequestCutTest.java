package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.otlp.CheckedRequest.Accepted;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestCutTest {
  /// A span with all that is round it, and whether the agent added `app.host.ip` to its resource.
  private record Placed(ExportTraceServiceRequest alone, boolean hostIpAdded) {}

  @Test
  void keepsEachSpanWithWhatIsRoundItInOrder() throws Exception {
    for (int i = 0; i < 3_000; i++) {
      long seed = RandomOtlp.seed() + i;
      Random random = new Random(seed);
      byte[] bytes = new RandomOtlp(random, true, false).request().toByteArray();
      if (!(new RequestCheck().check(bytes, 0, bytes.length, null) instanceof Accepted checked)) {
        continue;
      }
      byte[] added = new byte[checked.hostIpAdded().length];
      random.nextBytes(added);
      Accepted request =
          new Accepted(
              checked.request(), checked.offset(), checked.length(), checked.spans(), 0, "", added);
      int spansMax = 1 + random.nextInt(8);
      List<Accepted> pieces = pieces(request, spansMax);

      List<Placed> placed = new ArrayList<>();
      for (Accepted piece : pieces) {
        assertThat(placed(piece)).as("seed %s", seed).hasSize(piece.spans());
        placed.addAll(placed(piece));
      }
      assertThat(placed).as("seed %s", seed).isEqualTo(placed(request));
      assertThat(pieces).as("seed %s", seed).hasSize(Math.ceilDiv(request.spans(), spansMax));
      assertThat(pieces).as("seed %s", seed).allMatch(piece -> piece.spans() <= spansMax);
    }
  }

  @Test
  void leavesARequestAsItIsThatHasFewSpans() {
    byte[] bytes = new RandomOtlp(new Random(1), true, false).request().toByteArray();
    Accepted request = new Accepted(bytes, 0, bytes.length, 3, 0, "", new byte[1]);

    assertThat(pieces(request, 3)).singleElement().isSameAs(request);
  }

  private static List<Accepted> pieces(Accepted request, int spansMax) {
    List<Accepted> pieces = new ArrayList<>();
    var cut = new RequestCut(request, spansMax);
    while (cut.spansLeft() > 0) {
      pieces.add(cut.next());
    }
    return pieces;
  }

  private static List<Placed> placed(Accepted piece) throws Exception {
    var request =
        ExportTraceServiceRequest.parseFrom(
            Arrays.copyOfRange(piece.request(), piece.offset(), piece.offset() + piece.length()));
    ExportTraceServiceRequest head = request.toBuilder().clearResourceSpans().build();
    List<Placed> all = new ArrayList<>();
    for (int i = 0; i < request.getResourceSpansCount(); i++) {
      boolean added = piece.hostIpAdded(i);
      ResourceSpans resource = request.getResourceSpans(i);
      ResourceSpans.Builder alone = resource.toBuilder().clearScopeSpans();
      for (ScopeSpans scope : resource.getScopeSpansList()) {
        ScopeSpans scopeHead = scope.toBuilder().clearSpans().build();
        scope
            .getSpansList()
            .forEach(span ->
                all.add(
                    new Placed(
                        head.toBuilder()
                            .addResourceSpans(
                                alone.clone().addScopeSpans(scopeHead.toBuilder().addSpans(span)))
                            .build(),
                        added)));
      }
    }
    return all;
  }
}
