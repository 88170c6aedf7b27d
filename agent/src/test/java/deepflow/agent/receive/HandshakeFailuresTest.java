package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class HandshakeFailuresTest {
  private static final InetAddress SENDER = InetAddress.ofLiteral("192.0.2.7");
  private final Throwable cleartext =
      new DecoderException(new NotSslRecordException("not an SSL/TLS record: 5365637265742121"));
  private final Throwable version =
      new DecoderException(new SSLHandshakeException("(protocol_version) TLSv1.1 is not enabled"));

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<String> said = new ArrayList<>();
  private long now;
  private final HandshakeFailures failures = new HandshakeFailures(registry, () -> now, said::add);

  @Test
  void countsEachAndSaysOfEachKindOnceAMinuteWhatToDo() {
    for (int i = 0; i < 60; i++) {
      failures.add(SENDER, cleartext);
      failures.add(SENDER, version);
      now += TimeUnit.SECONDS.toNanos(1);
    }
    assertThat(said).hasSize(2);
    assertThat(said.getFirst()).startsWith("192.0.2.7 comes without TLS: ");
    assertThat(said.getLast())
        .endsWith("renew its TLS ((protocol_version) TLSv1.1 is not enabled)");

    failures.add(null, cleartext);
    assertThat(said).hasSize(3).last().asString().startsWith("a sender comes without TLS: ");
    assertThat(count("cleartext")).isEqualTo(61);
    assertThat(count("version")).isEqualTo(60);
  }

  @Test
  void neverQuotesWhatWasSentInCleartext() {
    failures.add(SENDER, cleartext);

    assertThat(said).singleElement().asString().doesNotContain("5365637265742121");
  }

  private double count(String kind) {
    return registry.get("deepflow_agent_tls_failures").tag("kind", kind).counter().count();
  }
}
