package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepflow.wire.otlp.CheckedRequest.Accepted;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class RequestCheckFuzzTest {
  private static final HostIpAttribute HOST_IP = new HostIpAttribute("2001:db8::1");

  private final RequestCheck check = new RequestCheck();

  @FuzzTest
  void whatWasAcceptedIsAcceptedAgainUnchanged(byte[] bytes) {
    if (check.check(bytes, 0, bytes.length, HOST_IP) instanceof Accepted first) {
      byte[] kept = first.request();
      Accepted second = (Accepted) check.check(kept, first.offset(), first.length(), HOST_IP);

      assertThat(second.request()).isSameAs(kept);
      assertThat(second.spans()).isEqualTo(first.spans());
      assertThat(second.rejectedSpans()).isZero();
    }
  }
}
