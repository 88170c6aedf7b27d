package deepflow.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.locks.LockSupport;

/// Holds a process to a share of one processor: it is stopped and let go on many times a second
/// (SIGSTOP, SIGCONT), whatever it does. With more than one thread it gets that share of the time,
/// on as many processors as it takes.
final class Throttle implements AutoCloseable {
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;
  private static final long PERIOD_NANOS = 50_000_000;

  private final int pid;
  private final long onNanos;
  private final MethodHandle kill;
  private final Thread thread;
  private volatile boolean ended;

  /// @param share of the time in which the process may run
  Throttle(long pid, double share) {
    this.pid = Math.toIntExact(pid);
    onNanos = (long) (PERIOD_NANOS * share);
    Linker linker = Linker.nativeLinker();
    kill =
        linker.downcallHandle(
            SymbolLookup.libraryLookup("libc.so.6", Arena.global()).findOrThrow("kill"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    thread = Thread.ofPlatform().name("throttle").daemon().start(this::run);
  }

  private void run() {
    while (!ended) {
      signal(SIGCONT);
      LockSupport.parkNanos(onNanos);
      signal(SIGSTOP);
      LockSupport.parkNanos(PERIOD_NANOS - onNanos);
    }
    signal(SIGCONT);
  }

  private void signal(int number) {
    try {
      int failed = (int) kill.invokeExact(pid, number);
      if (failed != 0) {
        ended = true;
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// Lets the process run.
  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
