package deepflow.clickhouse;

import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A statement on its thread, from its connection to the end of its answer. The native parts are
/// touched by that thread alone; the others wait for it.
final class Statement implements RowSource {
  private static final String FORMAT = "RowBinaryWithNamesAndTypes";

  private final Lane lane;
  private final LaneThread thread;
  private final String tag;
  private final List<String> arguments;
  private final AtomicBoolean released = new AtomicBoolean();

  /// These three belong to the thread.
  private @Nullable NativeConnection connection;

  private @Nullable NativeAnswer answer;
  private boolean ended;

  Statement(Lane lane, LaneThread thread, String tag, List<String> arguments) {
    this.lane = lane;
    this.thread = thread;
    this.tag = tag;
    this.arguments = arguments;
  }

  void execute(Query query) throws ClickHouseException {
    call(() -> {
      connection().run(query.sql(), query.parameters());
      return true;
    });
  }

  void insert(String sql, NativeData data) throws ClickHouseException {
    call(() -> {
      connection().insert(sql, data, thread.buffer());
      return true;
    });
  }

  /// Begins a query, whose answer [#fetch] brings.
  void query(Query query) throws ClickHouseException {
    call(() -> {
      NativeConnection open = connection();
      if (query.untrusted()) {
        Guard.check(query.sql(), open::text);
        open.requireOneReading(query.sql());
      }
      answer = NativeAnswer.begin(open, query.sql(), FORMAT, query.parameters());
      return true;
    });
  }

  /// Fetches the next chunk of the query; what `rows` had before is gone.
  @Override
  public boolean fetch(RowBytes rows) throws ClickHouseException {
    return call(() -> next(rows));
  }

  @Override
  public boolean bringsWholeRows() {
    return true;
  }

  /// Frees what native code holds. For the engine that closes under a statement which nobody reads
  /// any more.
  Future<Boolean> endLater() throws ClickHouseException {
    return thread.submit(this::end);
  }

  @Override
  public void close() {
    if (released.compareAndSet(false, true)) {
      try {
        thread.call(this::end, () -> {});
      } catch (ClickHouseException e) {
        if (!lane.isClosed()) {
          throw new IllegalStateException(e);
        }
      } finally {
        lane.ended(this, thread);
      }
    }
  }

  private <T> T call(java.util.concurrent.Callable<T> task) throws ClickHouseException {
    return thread.call(task, () -> lane.kill(tag));
  }

  private NativeConnection connection() throws ClickHouseException {
    checkOpen();
    NativeConnection open = connection;
    if (open == null) {
      open = lane.connect(arguments);
      connection = open;
    }
    return open;
  }

  private boolean next(RowBytes rows) throws ClickHouseException {
    checkOpen();
    NativeAnswer open = answer;
    if (open == null) {
      throw new IllegalStateException("no query was begun");
    }
    int length = open.fetch();
    rows.reset(open.chunk(), length);
    return length > 0;
  }

  private void checkOpen() throws ClickHouseException {
    if (ended || lane.isClosed()) {
      throw EngineError.busy("the engine is closing");
    }
  }

  private boolean end() {
    ended = true;
    if (answer != null) {
      answer.close();
      answer = null;
    }
    if (connection != null) {
      connection.close();
      connection = null;
    }
    return true;
  }
}
