package deepflow.clickhouse;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A statement on its thread, from its connection to the end of its answer. The native parts are
/// touched by that thread alone; the others wait for it.
final class Statement implements RowSource {
  private static final String FORMAT = "RowBinaryWithNamesAndTypes";

  /// A smaller chunk is most likely the only one.
  private static final int SMALL_BYTES = 64 << 10;

  private static final byte[] NOTHING = {};

  private final Lane lane;
  private final LaneThread thread;
  private final Map<String, String> settings;
  private final AtomicBoolean released = new AtomicBoolean();

  /// These four belong to the thread.
  private @Nullable NativeConnection connection;

  private @Nullable NativeAnswer answer;
  private boolean clean;
  private boolean ended;

  /// Pieces that were fetched before they were asked for.
  private final Deque<Piece> ahead = new ArrayDeque<>();

  private boolean goesOn;

  /// Whether nothing is left to be fetched, or to be ended.
  private boolean complete;

  /// @param settings of this statement
  Statement(Lane lane, LaneThread thread, Map<String, String> settings) {
    this.lane = lane;
    this.thread = thread;
    this.settings = settings;
  }

  void execute(Query query) throws ClickHouseException {
    call(() -> {
      connection().run(query.sql(), query.parameters());
      return complete();
    });
  }

  void insert(String sql, NativeData data) throws ClickHouseException {
    call(() -> {
      connection().insert(sql, data, thread.buffer());
      return complete();
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
      NativeAnswer begun = NativeAnswer.begin(open, query.sql(), FORMAT, query.parameters());
      answer = begun;
      return fetchAhead(begun);
    });
  }

  /// Most answers are small: to bring them at once spares three changes of threads.
  private boolean fetchAhead(NativeAnswer begun) throws ClickHouseException {
    int length = begun.fetch();
    if (length > 0 && length < SMALL_BYTES) {
      ahead.add(new Piece(begun, length));
      length = begun.fetch();
    }
    if (length > 0) {
      ahead.add(new Piece(begun, length));
      return true;
    }
    return complete();
  }

  /// A copy of what was fetched.
  private static final class Piece {
    final byte[] bytes;
    final boolean goesOn;

    Piece(NativeAnswer answer, int length) {
      bytes = Arrays.copyOf(answer.bytes(), length);
      goesOn = answer.goesOn();
    }
  }

  @Override
  public boolean fetch(RowBytes rows) throws ClickHouseException {
    Piece piece = ahead.poll();
    if (piece == null && !complete) {
      return call(() -> next(rows));
    }
    byte[] bytes = piece == null ? NOTHING : piece.bytes;
    give(rows, bytes, bytes.length, piece != null && piece.goesOn);
    return piece != null;
  }

  private void give(RowBytes rows, byte[] bytes, int length, boolean moreOfIt) {
    if (goesOn) {
      rows.append(bytes, 0, length);
    } else {
      rows.reset(bytes, length);
    }
    goesOn = moreOfIt;
  }

  @Override
  public boolean goesOn() {
    return goesOn;
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
        if (!complete) {
          thread.call(this::end, () -> {});
        }
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
    return thread.call(task, () -> lane.kill(thread));
  }

  private NativeConnection connection() throws ClickHouseException {
    checkOpen();
    NativeConnection open = connection;
    if (open == null) {
      open = lane.connect(thread, settings);
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
    clean = length == 0;
    give(rows, open.bytes(), length, open.goesOn());
    return length > 0;
  }

  private void checkOpen() throws ClickHouseException {
    if (ended || lane.isClosed()) {
      throw EngineError.busy("the engine is closing");
    }
  }

  private boolean complete() {
    clean = true;
    complete = end();
    return complete;
  }

  private boolean end() {
    ended = true;
    if (answer != null) {
      answer.close();
      answer = null;
    }
    NativeConnection open = connection;
    if (open != null) {
      connection = null;
      lane.release(thread, settings, open, clean);
    }
    return true;
  }
}
