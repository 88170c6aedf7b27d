package deepflow.agent.receive;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Counts handshakes that failed (`deepflow_agent_tls_failures_total`), and says of each kind what
/// to do, at most once a minute. For all threads.
final class HandshakeFailures {
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Map<HandshakeFailure, Counter> counters = new EnumMap<>(HandshakeFailure.class);
  private final Map<HandshakeFailure, Long> said = new EnumMap<>(HandshakeFailure.class);
  private final LongSupplier nanoClock;
  private final Consumer<String> complaints;

  HandshakeFailures(MeterRegistry registry, LongSupplier nanoClock, Consumer<String> complaints) {
    this.nanoClock = nanoClock;
    this.complaints = complaints;
    for (HandshakeFailure kind : HandshakeFailure.values()) {
      counters.put(
          kind,
          Counter.builder("deepflow_agent_tls_failures")
              .description("Connections that ended in TLS's handshake")
              .tag("kind", kind.label())
              .register(registry));
    }
  }

  /// @param sender null when its socket has no address
  synchronized void add(@Nullable InetAddress sender, Throwable failure) {
    HandshakeFailure kind = HandshakeFailure.of(failure);
    Counter counter = counters.get(kind);
    if (counter != null) {
      counter.increment();
    }
    long now = nanoClock.getAsLong();
    @Nullable Long last = said.get(kind);
    if (last == null || now - last >= INTERVAL_NANOS) {
      said.put(kind, now);
      complaints.accept(sentence(sender, kind, failure));
    }
  }

  private static String sentence(
      @Nullable InetAddress sender, HandshakeFailure kind, Throwable failure) {
    String who = sender == null ? "a sender" : NetUtil.toAddressString(sender);
    // Netty's reason would be all that was sent.
    return kind == HandshakeFailure.CLEARTEXT
        ? "%s %s".formatted(who, kind.advice)
        : "%s %s (%s)".formatted(who, kind.advice, HandshakeFailure.words(failure));
  }
}
