package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouseException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/// What another thread finds out while this one does something else.
final class Meanwhile<T> {

  /// Asks the store.
  interface Question<T> {
    T ask() throws ClickHouseException;
  }

  private final Question<T> question;
  private final Future<T> answer;

  private Meanwhile(Question<T> question, Future<T> answer) {
    this.question = question;
    this.answer = answer;
  }

  /// Asks it on one of those threads.
  static <T> Meanwhile<T> of(ExecutorService threads, Question<T> question) {
    return new Meanwhile<>(question, threads.submit(question::ask));
  }

  /// Waits for the answer.
  T get() throws ClickHouseException {
    try {
      return answer.get();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return question.ask(); // which says that it is interrupted
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ClickHouseException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
