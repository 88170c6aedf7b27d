package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.AgentStatus;
import deepflow.server.ingester.IngestStatus;
import deepflow.server.storage.Engine;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ReadinessTest {
  @RegisterExtension static final Engine engine = new Engine();

  private final AtomicBoolean lacksMemory = new AtomicBoolean();

  private final class Lacking extends ForwardingClickHouse {
    Lacking() {
      super(engine.clickHouse());
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      if (lacksMemory.get()) {
        throw new OutOfMemoryError("a test wants it so");
      }
      return super.query(query);
    }
  }

  private static final class Well implements IngestStatus {
    @Override
    public Optional<String> failure() {
      return Optional.empty();
    }

    @Override
    public List<AgentStatus> agents() {
      return List.of();
    }
  }

  @Test
  void aLookThatFindsNoMemorySaysSoAndIsFollowedByOthers() {
    var readiness = new Readiness(new Lacking(), new Well());
    assertThat(readiness.problems()).isEmpty();
    lacksMemory.set(true);
    assertThat(readiness.problems()).singleElement().asString().contains("OutOfMemoryError");
    lacksMemory.set(false);
    assertThat(readiness.problems()).isEmpty();
  }
}
