package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The real engine on a directory of its own, for the tests of one class.
public final class Engine implements BeforeAllCallback, AfterAllCallback {
  private @Nullable Path directory;
  private @Nullable ClickHouse clickHouse;
  private @Nullable RepeatedTraces repeated;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    directory = Files.createTempDirectory("deepflow-store-");
    clickHouse = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory));
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (clickHouse != null) {
      clickHouse.close();
    }
    if (directory != null) {
      delete(directory);
    }
  }

  /// The engine, open.
  public ClickHouse clickHouse() {
    if (clickHouse == null) {
      throw new IllegalStateException("register this as a static extension");
    }
    return clickHouse;
  }

  /// Knows of its spans which are there twice.
  public RepeatedTraces repeated() {
    RepeatedTraces known = repeated;
    if (known == null) {
      known = new RepeatedTraces(clickHouse());
      repeated = known;
    }
    return known;
  }

  /// The number that a query of one row has first.
  public long number(String sql) throws ClickHouseException {
    try (Rows rows = clickHouse().query(Query.of(sql))) {
      assertThat(rows.next()).as(sql).isTrue();
      return rows.getLong(0);
    }
  }

  /// Rows that it has read since its start, of all tables.
  public long rowsRead() throws ClickHouseException {
    return number("SELECT sum(value) FROM system.events WHERE event = 'SelectedRows'");
  }

  /// Closes the engine and opens the same store again.
  public ClickHouse reopen() throws ClickHouseException {
    clickHouse().close();
    if (directory == null) {
      throw new IllegalStateException("register this as a static extension");
    }
    clickHouse = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory));
    repeated = null;
    return clickHouse;
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
