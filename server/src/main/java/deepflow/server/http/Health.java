package deepflow.server.http;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import java.util.List;
import java.util.function.Supplier;

/// Whether the server can do its work.
public final class Health {

  private final Supplier<List<String>> problems;

  /// Asks for problems each time.
  ///
  /// @param problems what stands against readiness now; may block for a moment
  public Health(Supplier<List<String>> problems) {
    this.problems = problems;
  }

  /// Ready: ingest and query answer.
  HttpResponse ready() {
    List<String> found = problems.get();
    return found.isEmpty()
        ? HttpResponse.of("ready\n")
        : Answers.error(HttpStatus.SERVICE_UNAVAILABLE, String.join("; ", found), "");
  }
}
