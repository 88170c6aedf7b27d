package deepflow.server.http;

import com.linecorp.armeria.common.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// The threads on which questions block. There are few, and few questions wait for one; the next is
/// turned away at once. A question that nobody waits for any more gives its place back.
public final class Workers implements AutoCloseable {

  private static final Duration STOP_MAX = Duration.ofSeconds(20);

  private final ThreadPoolExecutor threads;

  /// So many threads, and so many questions that may wait for one.
  public Workers(int concurrent, int waiting) {
    threads =
        new ThreadPoolExecutor(
            concurrent,
            concurrent,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(waiting),
            Thread.ofPlatform().name("question-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /// Works out an answer on one of the threads. When the client goes away before, or the request
  /// takes too long, the work isn't begun any more, or its thread is interrupted.
  ///
  /// @param whenFull gives the answer when there is no place; called on the caller's thread
  public HttpResponse answer(Supplier<HttpResponse> work, Supplier<HttpResponse> whenFull) {
    Question question = new Question(work);
    try {
      threads.execute(question);
    } catch (RejectedExecutionException _) {
      return whenFull.get();
    }
    HttpResponse response = HttpResponse.of(question.answer);
    response
        .whenComplete()
        .exceptionally(_ -> {
          question.cancel(/* mayInterruptIfRunning= */ true);
          threads.remove(question);
          return null;
        });
    return response;
  }

  /// Its thread is interrupted while it runs or not at all; the next one's interrupt flag is clear.
  private static final class Question extends FutureTask<HttpResponse> {
    private final CompletableFuture<HttpResponse> answer = new CompletableFuture<>();

    Question(Supplier<HttpResponse> work) {
      super(work::get);
    }

    @Override
    protected void done() {
      switch (state()) {
        case SUCCESS -> answer.complete(resultNow());
        case FAILED -> answer.completeExceptionally(exceptionNow());
        case CANCELLED -> answer.cancel(/* mayInterruptIfRunning= */ false);
        case RUNNING -> throw new IllegalStateException("it isn't done");
      }
    }
  }

  /// Waits for the questions that are worked on; those that wait are answered too, as far as time
  /// allows. No new one is taken.
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
        threads.awaitTermination(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException _) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
