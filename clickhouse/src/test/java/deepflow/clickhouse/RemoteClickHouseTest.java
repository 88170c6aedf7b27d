package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.NativeHandles.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

class RemoteClickHouseTest {
  @RegisterExtension static final ThrowAwayServer server = new ThrowAwayServer();

  @AfterEach
  void nothingIsLeftAtTheServer() {
    assertThat(NativeHandles.open(Kind.CONNECTION)).isEqualTo(1);
    assertThat(NativeHandles.open(Kind.RESULT)).isZero();
    assertThat(NativeHandles.open(Kind.INSERT)).isZero();
  }

  @Nested
  class Reading extends ReadingContract {
    @Override
    Subject subject() {
      return server;
    }
  }

  @Nested
  class Inserting extends InsertContract {
    @Override
    Subject subject() {
      return server;
    }
  }

  @Nested
  class Failing extends FailureContract {
    @Override
    Subject subject() {
      return server;
    }
  }

  @Nested
  class Untrusted extends UntrustedContract {
    @Override
    Subject subject() {
      return server;
    }
  }
}
