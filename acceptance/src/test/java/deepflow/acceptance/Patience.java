package deepflow.acceptance;

import java.time.Duration;
import java.util.concurrent.Callable;

/// Waits for a condition instead of for a time.
final class Patience {
  private Patience() {}

  /// Asks again every 20 ms until the assertion holds.
  ///
  /// @param atMost after which the assertion's own failure is thrown
  static void await(Duration atMost, Assertion assertion) throws Exception {
    long end = System.nanoTime() + atMost.toNanos();
    while (true) {
      try {
        assertion.check();
        return;
      } catch (AssertionError | java.io.IOException e) {
        if (System.nanoTime() > end) {
          throw new AssertionError("not within " + atMost + ": " + e.getMessage(), e);
        }
      }
      Thread.sleep(20);
    }
  }

  /// Asks again every 20 ms until the answer is true.
  static void await(Duration atMost, String what, Callable<Boolean> condition) throws Exception {
    await(
        atMost,
        () -> {
          if (!condition.call()) {
            throw new AssertionError(what);
          }
        });
  }

  /// Something that throws an AssertionError, or an IOException, as long as it doesn't hold.
  interface Assertion {
    void check() throws Exception;
  }
}
