package deepflow.wire.otlp;

import static deepflow.wire.otlp.RequestCheckTest.delimited;
import static deepflow.wire.otlp.RequestCheckTest.request;
import static deepflow.wire.otlp.RequestCheckTest.resource;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import deepflow.wire.otlp.CheckedRequest.Accepted;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/// Of which resources the address is said to be added, now or before an export.
class AddedAddressTest {
  private static final String IP = "192.168.0.7";

  private static Accepted accepted(byte[] request) {
    return (Accepted) new RequestCheck().check(request, 0, request.length, new HostIpAttribute(IP));
  }

  @Test
  void marksAResourceBehindHoweverManyThatHaveAnAddress() {
    for (int before = 0; before < 300; before++) {
      ResourceSpans[] resources = new ResourceSpans[before + 1];
      Arrays.fill(resources, resource("app.host.ip", "10.1.2.3").build());
      resources[before] = resource("k", "v").build();

      Accepted accepted = accepted(request(resources));

      assertThat(BitSet.valueOf(accepted.hostIpAdded()).stream()).containsExactly(before);
    }
  }

  @Test
  void takesAnAddressThatIsMarkedAsAddedForAddedAndPutsItWhereAgentsPutTheirs() throws Exception {
    ResourceSpans bare = resource("k", "v").build();
    ResourceSpans.Builder elsewhere = bare.toBuilder();
    elsewhere.getResourceBuilder().addAttributes(0, RequestModel.attribute("10.1.2.3"));
    ResourceSpans[] resources = new ResourceSpans[40];
    Arrays.fill(resources, marked(elsewhere.build().toBuilder()));
    resources[0] = bare;
    resources[1] = marked(bare.toBuilder());
    resources[2] = elsewhere.build();
    for (int count = 4; count < resources.length; count++) {
      byte[] request = request(Arrays.copyOf(resources, count));

      Accepted accepted = accepted(request);

      BitSet added = new BitSet();
      added.set(0, count);
      added.clear(2);
      assertThat(BitSet.valueOf(accepted.hostIpAdded())).isEqualTo(added);
      ExportTraceServiceRequest kept = ExportTraceServiceRequest.parseFrom(accepted.request());
      assertThat(kept.getResourceSpans(0)).isEqualTo(withAddress(bare, IP));
      assertThat(kept.getResourceSpans(1)).isEqualTo(withAddress(bare, IP));
      assertThat(kept.getResourceSpans(2)).isEqualTo(elsewhere.build());
      assertThat(kept.getResourceSpansList().subList(3, count))
          .allMatch(withAddress(bare, "10.1.2.3")::equals);
      assertThat(accepted.hostIpAdded(count - 1)).isTrue();
      assertThat(accepted.hostIpAdded(2)).isFalse();
    }
  }

  @Test
  void givesAMarkedResourceTheBytesThatTheAgentGaveIt() throws Exception {
    byte[] sent = request(resource("k", "v").build());
    Accepted first = accepted(sent);
    byte[] stored =
        Arrays.copyOfRange(first.request(), first.offset(), first.offset() + first.length());
    for (boolean inOrder : new boolean[] {true, false}) {
      byte[] exported = exported(stored, inOrder);

      Accepted again =
          (Accepted)
              new RequestCheck()
                  .check(exported, 0, exported.length, new HostIpAttribute("172.16.0.1"));

      assertThat(again.hostIpAdded()).containsExactly(1);
      assertThat(Arrays.copyOfRange(again.request(), 0, again.length()))
          .as("fields in the order of their numbers: %s", inOrder)
          .isEqualTo(stored);
    }
  }

  /// With a mark; the resource's fields as they are stored, or in the order of their numbers.
  private static byte[] exported(byte[] stored, boolean inOrder) throws Exception {
    if (inOrder) {
      ResourceSpans read = ExportTraceServiceRequest.parseFrom(stored).getResourceSpans(0);
      return request(marked(read.toBuilder()));
    }
    var cursor = new ProtobufCursor(stored, 0, stored.length);
    int _ = cursor.readTag();
    int length = cursor.readLength();
    var marked = new ByteArrayOutputStream();
    marked.write(stored, cursor.position(), length);
    marked(ResourceSpans.newBuilder()).writeTo(marked);
    return delimited(1, marked.toByteArray());
  }

  private static ResourceSpans marked(ResourceSpans.Builder resource) {
    UnknownFieldSet.Field one = UnknownFieldSet.Field.newBuilder().addVarint(1).build();
    return resource
        .setUnknownFields(
            UnknownFieldSet.newBuilder()
                .addField(OtlpField.RESOURCE_SPANS_APP_HOST_IP_ADDED, one)
                .build())
        .build();
  }

  private static ResourceSpans withAddress(ResourceSpans resource, String ip) {
    ResourceSpans.Builder with = resource.toBuilder();
    with.getResourceBuilder().addAttributes(RequestModel.attribute(ip));
    return with.build();
  }
}
