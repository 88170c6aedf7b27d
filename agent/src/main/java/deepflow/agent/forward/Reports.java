package deepflow.agent.forward;

import deepflow.wire.frame.LinkMessage;
import java.io.IOException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Tells the server of one connection what became of all spans: at once, and then as long as there
/// is news, at most every [#INTERVAL_NANOS]. For one thread.
final class Reports {
  static final long INTERVAL_NANOS = 5_000_000_000L;

  private final Supplier<LinkMessage.Report> ledger;
  private final Link link;
  private final LongSupplier nanoTime;
  private LinkMessage.@Nullable Report said;
  private long saidNanos;

  Reports(Supplier<LinkMessage.Report> ledger, Link link, LongSupplier nanoTime) {
    this.ledger = ledger;
    this.link = link;
    this.nanoTime = nanoTime;
  }

  void sendWhenDue() throws IOException {
    long now = nanoTime.getAsLong();
    if (said != null && now - saidNanos < INTERVAL_NANOS) {
      return;
    }
    LinkMessage.Report news = ledger.get();
    if (!news.equals(said)) {
      link.report(news);
      said = news;
      saidNanos = now;
    }
  }
}
