package deepflow.agent.receive;

import deepflow.agent.queue.Admission;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Intake;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// A queue without a disk: keeps entries in memory and answers as it is told to.
final class TestQueue implements Intake {
  final List<Entry> entries = new CopyOnWriteArrayList<>();
  final AtomicInteger refused = new AtomicInteger();
  final AtomicInteger refusedRequests = new AtomicInteger();
  final AtomicInteger busy = new AtomicInteger();
  volatile CompletableFuture<Admission> admission =
      CompletableFuture.completedFuture(new Admission.Durable(1));

  @Override
  public CompletableFuture<Admission> offer(Entry entry) {
    entries.add(entry);
    return admission.copy();
  }

  @Override
  public void refused(int spans) {
    refused.addAndGet(spans);
  }

  @Override
  public void refusedRequest() {
    refusedRequests.incrementAndGet();
  }

  @Override
  public void busy(int spans) {
    busy.addAndGet(spans);
  }

  @Override
  public long hashSecret() {
    return 42;
  }

  void answer(Admission next) {
    admission = CompletableFuture.completedFuture(next);
  }

  Entry only() {
    if (entries.size() != 1) {
      throw new AssertionError(entries.size() + " entries");
    }
    return entries.getFirst();
  }

  ExportTraceServiceRequest onlyRequest() throws Exception {
    Entry entry = only();
    return ExportTraceServiceRequest.parseFrom(
        Arrays.copyOfRange(entry.request(), entry.offset(), entry.offset() + entry.length()));
  }
}
