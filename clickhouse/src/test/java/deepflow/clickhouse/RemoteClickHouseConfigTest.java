package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteClickHouseConfigTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "clickhouse:8123",
        "clickhouse",
        "tcp://clickhouse:9000",
        "http://user:s3cr3t@clickhouse:8123",
        "http://clickhouse:8123?password=s3cr3t",
        "http://clickhouse:8123/#s3cr3t",
      })
  void refusesAddressesThatAreNone(String url) {
    assertThatThrownBy(() -> RemoteClickHouseConfig.at(URI.create(url), "default", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ClickHouse")
        .hasMessageNotContaining("s3cr3t");
  }

  @Test
  void refusesAPasswordThatNoHeaderTakes() {
    assertThatThrownBy(() ->
            RemoteClickHouseConfig.at(URI.create("http://clickhouse:8123"), "default", "s3cr\n3t"))
        .hasMessage("the password of ClickHouse must be printable ASCII and not empty");
  }
}
