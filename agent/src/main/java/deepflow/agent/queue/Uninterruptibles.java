package deepflow.agent.queue;

/// Waits that an interrupt doesn't end: what follows them would be wrong earlier.
public final class Uninterruptibles {
  private Uninterruptibles() {}

  /// Waits until the thread has ended. An interrupt meanwhile is there again afterwards.
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
