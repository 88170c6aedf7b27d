package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartsTest {
  private final Parts parts = new Parts();
  private final List<String> stopped = new ArrayList<>();

  @Test
  void stopsInTheReverseOrderOfTheStartWhateverBecomesOfOne() {
    start("database");
    parts.started(
        "ingest",
        () -> {
          stopped.add("ingest");
          throw new IllegalStateException("a planted fault");
        });
    start("HTTP");

    parts.close();

    assertThat(stopped).containsExactly("HTTP", "ingest", "database");
  }

  @Test
  void stopsEachOnce() {
    start("database");

    parts.close();
    parts.close();

    assertThat(stopped).containsExactly("database");
  }

  private void start(String name) {
    parts.started(name, () -> stopped.add(name));
  }
}
