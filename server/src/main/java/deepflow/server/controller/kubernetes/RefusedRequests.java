package deepflow.server.controller.kubernetes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Passes on late that the API server refused a list or a watch: the client asks again as soon as
/// it hears of it, as it should only when there was no answer at all. The first refusal of a kind
/// of objects is passed on at once; each that follows after twice as long as the one before. No one
/// before the time that the API server asks for. What stands before an API server that is away
/// answers in its place (502, 503, 504): it may be back at any moment, so those are passed on
/// within five seconds, unless they ask for more.
///
/// Successes between them don't count: who may list and not watch, or is refused the second page,
/// would begin anew several times a second. Safe for use by many threads.
final class RefusedRequests implements Interceptor {
  /// A refusal is passed on before this is over: the request must not be given up until then.
  static final Duration HELD_MAX = Duration.ofMinutes(1);

  private static final Duration HELD_MIN = Duration.ofSeconds(2);
  private static final Duration GROWN_MAX = HELD_MAX.multipliedBy(4).dividedBy(5);
  private static final Duration AWAY_MAX = Duration.ofSeconds(4);

  /// So long after a refusal another one is the first again.
  private static final Duration FORGOTTEN = HELD_MAX.multipliedBy(2);

  private final Map<String, Refusals> refusals = new ConcurrentHashMap<>();

  /// Of one kind of objects, in a row.
  ///
  /// @param lastNanos as [System#nanoTime] counts
  private record Refusals(int count, long lastNanos) {
    static Refusals after(@Nullable Refusals before) {
      long now = System.nanoTime();
      return before != null && now - before.lastNanos < FORGOTTEN.toNanos()
          ? new Refusals(before.count + 1, now)
          : new Refusals(1, now);
    }
  }

  @Override
  public CompletableFuture<Boolean> afterFailure(
      BasicBuilder request, HttpResponse<?> response, RequestTags tags) {
    if (response.code() == HttpURLConnection.HTTP_GONE || response.isSuccessful()) {
      // To list anew is what it asks for; and who answers by 200 only has no WebSockets.
      return CompletableFuture.completedFuture(false);
    }
    String path = response.request().uri().getPath();
    int count = refusals.compute(path, (_, before) -> Refusals.after(before)).count();
    Executor later =
        CompletableFuture.delayedExecutor(
            held(count, response.code(), retryAfter(response)).toMillis(), MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> false, later);
  }

  /// All kinds are refused at the same moment, and shall not come back at the same.
  ///
  /// @param count refusals in a row, this one included
  /// @param asked `Retry-After`
  static Duration held(int count, int code, Duration asked) {
    Duration grown =
        count == 1 ? Duration.ZERO : HELD_MIN.multipliedBy(1L << (Math.min(count, 7) - 2));
    Duration least = longer(asked, shorter(grown, isAway(code) ? AWAY_MAX : GROWN_MAX));
    long more = ThreadLocalRandom.current().nextLong(1 + least.toMillis() / 4);
    return shorter(least.plusMillis(more), HELD_MAX);
  }

  private static boolean isAway(int code) {
    return code == HttpURLConnection.HTTP_BAD_GATEWAY
        || code == HttpURLConnection.HTTP_UNAVAILABLE
        || code == HttpURLConnection.HTTP_GATEWAY_TIMEOUT;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    String seconds = response.header("Retry-After");
    try {
      return seconds == null ? Duration.ZERO : Duration.ofSeconds(Integer.parseInt(seconds));
    } catch (NumberFormatException _) {
      return Duration.ZERO; // a date, which Kubernetes doesn't send
    }
  }
}
