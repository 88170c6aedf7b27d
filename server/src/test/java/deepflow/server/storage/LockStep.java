package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.clickhouse.block.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Lets several threads speak with the engine one statement at a time, in a random order: whose
/// statement is next is drawn when each of them stands before one, waits for another or has ended.
/// Statements of other threads pass.
final class LockStep extends ForwardingClickHouse {
  private enum State {
    RUNS,
    IN_ENGINE,
    STANDS,
    ENDED
  }

  private static final class Actor {
    private final Thread thread;
    private volatile State state = State.RUNS;
    private volatile @Nullable Throwable failure;

    Actor(Callable<?> work) {
      thread =
          Thread.ofPlatform()
              .unstarted(() -> {
                try {
                  work.call();
                } catch (Throwable e) {
                  failure = e;
                } finally {
                  state = State.ENDED;
                }
              });
    }

    boolean waits() {
      return state == State.RUNS && thread.getState() == Thread.State.WAITING;
    }

    boolean isSettled() {
      return state == State.STANDS || state == State.ENDED || waits();
    }
  }

  private static final String DEAD = "dead";

  private final Random random;
  private List<Actor> actors = List.of();
  private boolean dead;

  LockStep(ClickHouse behind, Random random) {
    super(behind);
    this.random = random;
  }

  /// Lets them run until all have ended.
  ///
  /// @param steps after so many statements the process dies
  /// @return whether it lived
  boolean run(List<Callable<?>> works, int steps) throws Exception {
    dead = false;
    actors = works.stream().map(Actor::new).toList();
    actors.forEach(actor -> actor.thread.start());
    int left = steps;
    for (Actor next = next(); next != null; next = next()) {
      if (left-- == 0) {
        die();
        return false;
      }
      let(next);
    }
    for (Actor actor : actors) {
      Throwable failure = actor.failure;
      if (failure != null) {
        throw new AssertionError("an actor failed", failure);
      }
    }
    return true;
  }

  private synchronized void let(Actor actor) {
    actor.state = State.IN_ENGINE;
    notifyAll();
  }

  private void die() throws InterruptedException {
    synchronized (this) {
      dead = true;
      notifyAll();
    }
    for (Actor actor : actors) {
      if (actor.waits()) {
        actor.thread.interrupt();
      }
      actor.thread.join();
    }
  }

  /// The one whose statement is next; null when all have ended.
  private @Nullable Actor next() throws InterruptedException {
    for (int quiet = 0; quiet < 3; ) {
      quiet = actors.stream().allMatch(Actor::isSettled) ? quiet + 1 : 0;
      Thread.sleep(0, 200_000);
    }
    List<Actor> ready = new ArrayList<>(actors);
    ready.removeIf(actor -> actor.state != State.STANDS);
    if (ready.isEmpty() && actors.stream().anyMatch(actor -> actor.state != State.ENDED)) {
      die();
      throw new AssertionError("all that are left wait for one another");
    }
    return ready.isEmpty() ? null : ready.get(random.nextInt(ready.size()));
  }

  private synchronized void stand() {
    for (Actor actor : actors) {
      if (actor.thread == Thread.currentThread()) {
        actor.state = State.STANDS;
        while (actor.state == State.STANDS && !dead) {
          try {
            wait();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
        if (dead) {
          throw new IllegalStateException(DEAD);
        }
      }
    }
  }

  private void goOn() {
    for (Actor actor : actors) {
      if (actor.thread == Thread.currentThread()) {
        actor.state = State.RUNS;
      }
    }
  }

  @Override
  public void execute(Query statement) throws ClickHouseException {
    stand();
    try {
      super.execute(statement);
    } finally {
      goOn();
    }
  }

  @Override
  public void insert(String sql, Block block) throws ClickHouseException {
    stand();
    try {
      super.insert(sql, block);
    } finally {
      goOn();
    }
  }

  @Override
  public Rows query(Query query) throws ClickHouseException {
    stand();
    try {
      return super.query(query);
    } finally {
      goOn();
    }
  }
}
