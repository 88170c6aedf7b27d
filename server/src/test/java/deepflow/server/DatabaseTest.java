package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where the store is made and found again, on a disk that has not the room that is asked for.
class DatabaseTest {
  private static final long MORE_THAN_THERE_IS = Long.MAX_VALUE;

  @TempDir private Path data = Path.of("");

  @Test
  void aStoreIsOpenedHoweverFullItsDiskIsSinceOnlyThenItCanMakeRoom() throws Exception {
    Path store = Files.createDirectories(data.resolve("clickhouse"));
    Files.createDirectory(store.resolve("store"));

    assertThat(Database.directory(store, MORE_THAN_THERE_IS)).isEqualTo(store);
  }

  @Test
  void aNewStoreIsNotBegunOnAFullDisk() {
    assertThatThrownBy(() -> Database.directory(data.resolve("clickhouse"), MORE_THAN_THERE_IS))
        .isInstanceOf(ServerStartException.class)
        .hasMessageContaining("MiB left: make room");
  }
}
