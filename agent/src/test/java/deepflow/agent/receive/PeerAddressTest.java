package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.otlp.CheckedRequest.Accepted;
import deepflow.wire.otlp.RequestCheck;
import io.netty.channel.unix.DomainSocketAddress;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerAddressTest {
  @ParameterizedTest
  @CsvSource({
    "20010db8000000000000000000000001, 2001:db8::1",
    "20010db8000000010000000000000001, 2001:db8:0:1::1",
    "20010DB8000100010001000100010001, 2001:db8:1:1:1:1:1:1",
    "20010db8000000010001000100010001, 2001:db8:0:1:1:1:1:1",
    "00000000000000000000000000000001, ::1",
    "fe800000000000000000000000000001, fe80::1",
    "0a000007, 10.0.0.7",
  })
  void writesAddressesAsRfc5952Says(String hex, String text) throws Exception {
    InetAddress address = InetAddress.getByAddress(HexFormat.of().parseHex(hex));

    assertThat(attributeOf(address)).isEqualTo(text);
  }

  @Test
  void unmapsAVersion4AddressInVersion6() throws Exception {
    byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffff0a000007");
    Inet6Address address = Inet6Address.getByAddress(null, mapped, 0);

    InetAddress peer = PeerAddress.of(new InetSocketAddress(address, 1));

    assertThat(peer).isInstanceOf(Inet4Address.class);
    assertThat(attributeOf(address)).isEqualTo("10.0.0.7");
  }

  @Test
  void leavesTheZoneOfALinkLocalAddressOut() throws Exception {
    byte[] local = HexFormat.of().parseHex("fe800000000000000000000000000001");

    assertThat(attributeOf(Inet6Address.getByAddress(null, local, 3))).isEqualTo("fe80::1");
  }

  @Test
  void hasNothingToSayOfASocketWithoutAddresses() {
    assertThat(PeerAddress.of(new DomainSocketAddress("/run/agent.sock"))).isNull();
    assertThat(PeerAddress.attribute(null)).isNull();
  }

  private static String attributeOf(InetAddress address) throws Exception {
    InetAddress peer = PeerAddress.of(new InetSocketAddress(address, 1));
    byte[] request = {0x0a, 0};
    Accepted accepted =
        (Accepted) new RequestCheck().check(request, 0, 2, PeerAddress.attribute(peer));
    return ExportTraceServiceRequest.parseFrom(accepted.request())
        .getResourceSpans(0)
        .getResource()
        .getAttributes(0)
        .getValue()
        .getStringValue();
  }
}
