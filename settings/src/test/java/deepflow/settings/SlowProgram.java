package deepflow.settings;

import java.time.Duration;

/// A program whose start takes a second, for tests that end it meanwhile.
final class SlowProgram {
  private SlowProgram() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (OrderlyStop stop = OrderlyStop.whenTold()) {
      System.out.println("starting");
      Thread.sleep(Duration.ofSeconds(1));
      switch (arguments[0]) {
        case "starts" -> stop.started(() -> System.out.println("closed"));
        case "fails" -> throw new IllegalStateException("can't start");
        case "can't be closed" ->
            stop.started(() -> {
              throw new IllegalStateException("can't be closed");
            });
        case String other -> throw new IllegalArgumentException(other);
      }
    }
    Thread.currentThread().join();
  }
}
