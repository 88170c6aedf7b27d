package deepflow.server.storage;

import deepflow.clickhouse.ClickHouseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a look has to do: each step is done whatever became of those before it, so that one day
/// which can't go keeps no other.
final class Steps {
  private static final Logger LOG = LoggerFactory.getLogger(Steps.class);

  /// What became of a step.
  enum Outcome {
    DONE,
    /// Something else has to end first.
    NOT_YET,
    /// The store is busy, or its disk is full.
    BUSY,
    /// It will fail the next time as well, unless somebody sees to it.
    FAILED
  }

  /// Something to do.
  interface Step {
    void run() throws ClickHouseException;
  }

  /// Something to do that may have to wait.
  interface Attempt {
    /// Does it, or returns false when something else has to end first.
    boolean run() throws ClickHouseException;
  }

  private @Nullable ClickHouseException busy;
  private @Nullable ClickHouseException failed;

  /// Does it; what fails is told.
  ///
  /// @param what is to go
  Outcome run(String what, Step step) throws ClickHouseException {
    return attempt(
        what,
        () -> {
          step.run();
          return true;
        });
  }

  /// The same of what may have to wait.
  Outcome attempt(String what, Attempt attempt) throws ClickHouseException {
    try {
      return attempt.run() ? Outcome.DONE : Outcome.NOT_YET;
    } catch (ClickHouseException e) {
      return outcome(what, e);
    }
  }

  /// @throws ClickHouseException when the thread is interrupted: all that follows would fail, too
  private Outcome outcome(String what, ClickHouseException failure) throws ClickHouseException {
    if (Thread.currentThread().isInterrupted()) {
      throw failure;
    }
    if (failure.kind() == ClickHouseException.Kind.BUSY) {
      busy = busy == null ? failure : busy;
      return Outcome.BUSY;
    }
    failed = failed == null ? failure : failed;
    LOG.error(
        "{} can't be dropped; all else goes on, and this is tried again in a minute. Where files are damaged the disk has lost what is in them: with the server stopped, move the directory of the part that is named here out of the data directory",
        what,
        failure);
    return Outcome.FAILED;
  }

  /// Whether the store was busy at one of them.
  boolean isBusy() {
    return busy != null;
  }

  /// @throws ClickHouseException the first one of those that said that the store is busy
  void endIfBusy() throws ClickHouseException {
    if (busy != null) {
      throw busy;
    }
  }

  /// @throws ClickHouseException the same, else the first one of those that will fail again
  void end() throws ClickHouseException {
    endIfBusy();
    if (failed != null) {
      throw failed;
    }
  }
}
