package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.NativeHandles.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

class RemoteClickHouseTest {
  @RegisterExtension static final ThrowAwayServer server = new ThrowAwayServer();

  /// A server may need a moment after a client that went away.
  @AfterEach
  void nothingIsLeftAtTheServer() throws Exception {
    for (int i = 0; i < 100 && NativeHandles.open(Kind.CONNECTION) > 1; i++) {
      Thread.sleep(20);
    }
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
