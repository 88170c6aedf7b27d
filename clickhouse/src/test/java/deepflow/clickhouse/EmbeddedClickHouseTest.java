package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.NativeHandles.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedClickHouseTest {
  @RegisterExtension static final ThrowAwayEngine engine = new ThrowAwayEngine();

  @AfterEach
  void nothingButTheAdminIsLeft() {
    assertThat(NativeHandles.open(Kind.CONNECTION)).isEqualTo(1);
    assertThat(NativeHandles.open(Kind.RESULT)).isZero();
    assertThat(NativeHandles.open(Kind.INSERT)).isZero();
  }

  @Nested
  class Reading extends ReadingContract {
    @Override
    Subject subject() {
      return engine;
    }
  }

  @Nested
  class Inserting extends InsertContract {
    @Override
    Subject subject() {
      return engine;
    }
  }

  @Nested
  class Failing extends FailureContract {
    @Override
    Subject subject() {
      return engine;
    }
  }

  @Nested
  class Untrusted extends UntrustedContract {
    @Override
    Subject subject() {
      return engine;
    }
  }
}
