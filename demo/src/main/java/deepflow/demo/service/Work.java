package deepflow.demo.service;

import deepflow.demo.story.Fault;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// A service's own work: a span made by hand, which takes its time, and in which the planted faults
/// and the noise of every day happen.
final class Work {
  /// Of ten thousand pieces of work, how many fail for no reason that anybody planted.
  private static final int BAD_LUCK_PER_TEN_THOUSAND = 15;

  private final Tracer tracer = GlobalOpenTelemetry.getTracer("deepflow.demo.shop");
  private final RandomGenerator random;
  private final List<Fault> faults;

  Work(RandomGenerator random, List<Fault> faults) {
    this.random = random;
    this.faults = List.copyOf(faults);
  }

  /// Does a piece of work.
  ///
  /// @param name of the span
  /// @param usual its median; a tenth of all take more than one and a half of it
  /// @throws ShopException when a fault strikes, or bad luck
  void run(String name, Duration usual) throws ShopException {
    Span span = tracer.spanBuilder(name).startSpan();
    try (Scope _ = span.makeCurrent()) {
      pause((long) (usual.toMillis() * Math.exp(random.nextGaussian() * 0.35)));
      suffer();
    } catch (ShopException e) {
      failed(span, e);
      throw e;
    } finally {
      span.end();
    }
  }

  private void suffer() throws ShopException {
    if (strikes(Fault.Kind.SLOW).isPresent()) {
      pause(random.nextInt(400, 900));
    }
    Optional<Fault> error = strikes(Fault.Kind.ERROR);
    if (error.isPresent()) {
      Fault fault = error.get();
      throw new ShopException(500, "no rule for " + fault.attribute() + " '" + fault.value() + "'");
    }
    if (random.nextInt(10_000) < BAD_LUCK_PER_TEN_THOUSAND) {
      throw new ShopException(503, "connection reset by peer");
    }
  }

  /// How many rows to ask for one by one; 0 when the service asks for all at once, as it should.
  int oneByOne() {
    return strikes(Fault.Kind.N_PLUS_ONE).isPresent() ? random.nextInt(20, 41) : 0;
  }

  private Optional<Fault> strikes(Fault.Kind kind) {
    Baggage baggage = Baggage.current();
    return faults.stream()
        .filter(fault -> fault.kind() == kind)
        .filter(fault -> fault.value().equals(baggage.getEntryValue(fault.attribute())))
        .findFirst();
  }

  /// Lets a span tell of a failure.
  static void failed(Span span, Exception failure) {
    span.recordException(failure);
    span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
