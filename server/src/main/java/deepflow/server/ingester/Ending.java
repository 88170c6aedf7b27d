package deepflow.server.ingester;

/// Waits for threads that must be gone before the store is.
final class Ending {
  private Ending() {}

  /// Waits for a thread's end, also when told to stop.
  ///
  /// @return whether the caller was interrupted meanwhile; its flag is clear, to be set again when
  ///   it has done what is left
  static boolean await(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    return interrupted;
  }
}
