package deepflow.clickhouse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedClickHouseTest extends ClickHouseContract {
  @RegisterExtension static final ThrowAwayEngine engine = new ThrowAwayEngine();

  @Override
  ClickHouse clickHouse() {
    return engine.clickHouse();
  }

  @Override
  ClickHouse reopened() throws ClickHouseException {
    return engine.reopen();
  }

  @AfterEach
  void nothingButTheAdminIsLeft() {
    org.assertj.core.api.Assertions.assertThat(NativeHandles.open(NativeHandles.Kind.CONNECTION))
        .isEqualTo(1);
    org.assertj.core.api.Assertions.assertThat(NativeHandles.open(NativeHandles.Kind.RESULT))
        .isZero();
    org.assertj.core.api.Assertions.assertThat(NativeHandles.open(NativeHandles.Kind.INSERT))
        .isZero();
  }
}
