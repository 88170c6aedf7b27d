package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A statement at a server, from its request to the end of its answer. One thread uses it; another
/// may [#abort] it.
final class RemoteStatement implements RowSource {
  private static final int FETCH_BYTES_MAX = 1 << 20;
  private static final int ERROR_BYTES_MAX = 1 << 16;
  private static final Duration ERROR_TEXT_MAX = Duration.ofSeconds(5);
  private static final int REST_BYTES_MAX = 1 << 16;
  private static final Duration REST_MAX = Duration.ofMillis(20);

  private final RemoteLink link;
  private final Places places;
  private final RemoteCall call;
  private final String id;
  private final AnswerBody body = new AnswerBody();
  private final AtomicBoolean released = new AtomicBoolean();
  private volatile @Nullable CompletableFuture<?> request;
  private @Nullable ExceptionMark mark;

  /// What came and was not given on: whether it is data or an error is open.
  private byte[] held = new byte[0];

  private int heldLength;
  private boolean mayRun;

  /// Takes a place, which [#close] gives back.
  RemoteStatement(RemoteLink link, Places places, RemoteCall call, String id)
      throws ClickHouseException {
    this.link = link;
    this.places = places;
    this.call = call;
    this.id = id;
    places.take();
    link.began(this);
  }

  String id() {
    return id;
  }

  RemoteCall.Effect effect() {
    return call.effect();
  }

  /// Sends the statement and waits for the head of its answer.
  ///
  /// @throws UnansweredException when the connection broke before that
  void send() throws ClickHouseException, UnansweredException {
    places.requireOpen();
    var answer = link.send(call, id);
    request = answer;
    mayRun = true;
    HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = await(answer);
    response.body().subscribe(body);
    if (RemoteError.isOne(response)) {
      String text = errorText();
      // A read that goes on ends by its own limits, and does no harm.
      mayRun = effect() == RemoteCall.Effect.WRITE && !RemoteError.isOfClickHouse(response, text);
      throw RemoteError.of(response, text, call.untrusted(), link.config());
    }
    mark = new ExceptionMark(tag(response));
    requireRows(response);
  }

  /// Without the tag an answer that breaks off can't be told from one that ends.
  private String tag(HttpResponse<?> response) throws ClickHouseException {
    String tag = response.headers().firstValue(ExceptionMark.HEADER).orElse("");
    if (tag.isEmpty() && effect() == RemoteCall.Effect.READ) {
      throw EngineError.bug(
          "%s sends no %s: ClickHouse 25.11 or newer is needed, with nothing between that drops it"
              .formatted(link.config().url(), ExceptionMark.HEADER));
    }
    return tag;
  }

  private void requireRows(HttpResponse<?> response) throws ClickHouseException {
    String format = response.headers().firstValue("X-ClickHouse-Format").orElse(RemoteCall.ROWS);
    if (effect() == RemoteCall.Effect.READ && !format.equals(RemoteCall.ROWS)) {
      String words = "the answer is not made of rows; leave FORMAT out";
      throw call.untrusted() ? EngineError.refused(words) : EngineError.bug(words);
    }
  }

  private <T> T await(CompletableFuture<T> answer) throws ClickHouseException, UnansweredException {
    try {
      return answer.get(call.answerMax().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      throw interrupted();
    } catch (TimeoutException _) {
      throw EngineError.busy(
          "ClickHouse at %s gave no answer for %s ms"
              .formatted(link.config().url(), call.answerMax().toMillis()));
    } catch (CancellationException _) {
      throw closing();
    } catch (ExecutionException e) {
      places.requireOpen();
      Throwable cause = e.getCause();
      if (cause instanceof ConnectException) {
        mayRun = false;
        throw RemoteError.broken(link.config(), cause);
      }
      if (cause instanceof IOException) {
        throw new UnansweredException(RemoteError.broken(link.config(), cause));
      }
      throw new IllegalStateException(cause);
    }
  }

  private static ClickHouseException interrupted() {
    Thread.currentThread().interrupt();
    return EngineError.busy("interrupted while ClickHouse was at work");
  }

  private static ClickHouseException closing() {
    return EngineError.busy("the connection to ClickHouse is closing");
  }

  /// Reads the answer to its end; for statements that give no rows.
  void awaitEnd() throws ClickHouseException {
    var rows = new RowBytes();
    while (fetch(rows)) {
      rows.skip(rows.unread());
    }
  }

  @Override
  public boolean goesOn() {
    return true;
  }

  @Override
  public boolean fetch(RowBytes rows) throws ClickHouseException {
    int wanted = Math.max(1, Math.min(rows.unread(), FETCH_BYTES_MAX));
    boolean more = true;
    // As much as there is already in rows, so that a large row is not looked at too often.
    while (more && (decided() < wanted || (body.isReady() && heldLength < FETCH_BYTES_MAX))) {
      more = hold(call.answerMax());
    }
    int length = more ? decided() : heldLength;
    rows.append(held, 0, length);
    drop(length);
    return length > 0;
  }

  private int decided() {
    return heldLength - mark().undecided(held, 0, heldLength);
  }

  private ExceptionMark mark() {
    ExceptionMark known = mark;
    if (known == null) {
      throw new IllegalStateException("not sent");
    }
    return known;
  }

  /// Holds one piece more.
  ///
  /// @return false at the end of the answer
  /// @throws ClickHouseException also when what came is an error
  private boolean hold(Duration max) throws ClickHouseException {
    int before = heldLength;
    try {
      places.requireOpen();
      List<ByteBuffer> piece = body.take(max);
      if (piece != null) {
        hold(piece);
      }
      throwMarked(before);
      mayRun = piece != null;
      return piece != null;
    } catch (IOException e) {
      places.requireOpen();
      throw RemoteError.broken(link.config(), e);
    } catch (InterruptedException _) {
      throw interrupted();
    }
  }

  private void hold(List<ByteBuffer> piece) {
    int length = piece.stream().mapToInt(ByteBuffer::remaining).sum();
    if (held.length - heldLength < length) {
      held = Arrays.copyOf(held, Math.max(2 * held.length, heldLength + length));
    }
    for (ByteBuffer bytes : piece) {
      int count = bytes.remaining();
      bytes.get(held, heldLength, count);
      heldLength += count;
    }
  }

  private void throwMarked(int before) throws ClickHouseException, InterruptedException {
    int from = Math.max(0, before - mark().length());
    int at = mark().find(held, from, heldLength);
    if (at >= 0) {
      mayRun = false;
      drop(at);
      readRest();
      throw EngineError.of(mark().text(held, 0, heldLength), call.untrusted());
    }
  }

  private void drop(int length) {
    System.arraycopy(held, length, held, 0, heldLength - length);
    heldLength -= length;
  }

  private String errorText() throws ClickHouseException {
    try {
      readRest();
      return new String(held, 0, heldLength, UTF_8);
    } catch (InterruptedException _) {
      throw interrupted();
    }
  }

  /// Reads what is left of an error, as much as comes in time.
  private void readRest() throws InterruptedException {
    long end = System.nanoTime() + ERROR_TEXT_MAX.toNanos();
    try {
      List<ByteBuffer> piece = body.take(ERROR_TEXT_MAX);
      while (piece != null && heldLength < ERROR_BYTES_MAX) {
        hold(piece);
        piece = body.take(Duration.ofNanos(end - System.nanoTime()));
      }
    } catch (IOException _) {
      // A server breaks off after an error: what came has to do.
    }
  }

  /// Wakes whoever waits for the statement; it is not ended by that.
  void abort() {
    CompletableFuture<?> sent = request;
    if (sent != null) {
      sent.cancel(true);
    }
    body.abort(new IOException("closing"));
  }

  @Override
  public void close() {
    if (released.compareAndSet(false, true)) {
      try {
        boolean runs = mayRun && !endsByItself();
        if (!body.hasEnded()) {
          // Else its connection would stay, with the rest of an error that nobody reads.
          abort();
        }
        if (runs) {
          link.end(this);
        }
      } finally {
        link.ended(this);
        places.giveBack();
      }
    }
  }

  /// Most who don't read to the end have read all rows, and only the end is missing: not worth a
  /// KILL.
  private boolean endsByItself() {
    if (places.isClosed() || mark == null || Thread.currentThread().isInterrupted()) {
      return false;
    }
    try {
      heldLength = 0;
      while (heldLength < REST_BYTES_MAX && hold(REST_MAX)) {
        // on to the end
      }
    } catch (ClickHouseException e) {
      return !mayRun;
    }
    return !mayRun;
  }

  /// The connection broke before the server had answered.
  static final class UnansweredException extends Exception {
    private static final long serialVersionUID = 1L;
    private final ClickHouseException told;

    UnansweredException(ClickHouseException told) {
      super(told);
      this.told = told;
    }

    /// What the caller of the statement is told.
    ClickHouseException told() {
      return told;
    }
  }
}
