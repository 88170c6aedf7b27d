package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings a store's tables to what this version needs: runs the numbered schema files that it has
/// not seen yet, in order, and notes each in table `schema_migrations`.
///
/// A statement may run twice, when the process dies between it and the note: so each must be one
/// that does nothing the second time.
final class Migrations {
  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

  /// In order; a file that was released is never changed again. Numbers may have gaps.
  static final List<String> FILES =
      List.of(
          "0001-spans.sql",
          "0002-kubernetes.sql",
          "0003-metrics.sql",
          "0004-ledger.sql",
          "0005-controller.sql",
          "0006-retention.sql",
          "0007-links.sql",
          "0008-space.sql",
          "0009-values.sql",
          "0010-parts.sql",
          "0011-merges.sql",
          "0012-cleanup.sql",
          "0013-files.sql",
          "0014-link-index.sql",
          "0015-elements.sql",
          "0016-hosts.sql",
          "0017-lifetimes.sql",
          "0018-ledger.sql",
          "0019-agents.sql");

  private final ClickHouse clickHouse;
  private final Map<String, String> placeholders;
  private final List<String> files;

  Migrations(ClickHouse clickHouse, StoreConfig config) {
    this(clickHouse, config, FILES);
  }

  /// @param files those of a version
  Migrations(ClickHouse clickHouse, StoreConfig config, List<String> files) {
    this.clickHouse = clickHouse;
    this.placeholders = config.placeholders();
    this.files = files;
  }

  /// Runs what is missing.
  ///
  /// @throws StoreException when the store is newer than this version
  void run() throws ClickHouseException, StoreException {
    clickHouse.execute(Query.of(fill("CREATE DATABASE IF NOT EXISTS deepflow ${on_cluster}")));
    clickHouse.execute(
        Query.of(
            fill(
                "CREATE TABLE IF NOT EXISTS deepflow.schema_migrations ${on_cluster}"
                    + " (name String, applied DateTime('UTC') DEFAULT now('UTC'))"
                    + " ENGINE = ${engine} ORDER BY name"
                    + " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1")));
    Set<String> applied = applied();
    for (String file : applied) {
      if (!files.contains(file)) {
        throw new StoreException(
            "the store was made by a newer version: it has schema %s".formatted(file));
      }
    }
    for (String file : files) {
      if (!applied.contains(file)) {
        apply(file);
      }
    }
  }

  private Set<String> applied() throws ClickHouseException {
    var names = new HashSet<String>();
    try (Rows rows =
        clickHouse.query(Query.of("SELECT DISTINCT name FROM deepflow.schema_migrations"))) {
      while (rows.next()) {
        names.add(rows.getString(0));
      }
    }
    return names;
  }

  private void apply(String file) throws ClickHouseException {
    LOG.info("applying schema {}", file);
    for (String statement : statements(file)) {
      clickHouse.execute(Query.of(fill(statement)));
    }
    clickHouse.execute(
        Query.of("INSERT INTO deepflow.schema_migrations (name) SELECT {name:String}")
            .with("name", file)
            .setting("async_insert", 0));
  }

  private String fill(String sql) {
    String filled = sql;
    for (Map.Entry<String, String> placeholder : placeholders.entrySet()) {
      filled = filled.replace("${" + placeholder.getKey() + "}", placeholder.getValue());
    }
    return filled;
  }

  /// The statements of a schema file, comments left out.
  static List<String> statements(String file) {
    var statements = new ArrayList<String>();
    var statement = new StringBuilder();
    for (String line : read(file).lines().toList()) {
      if (line.strip().startsWith("--") || line.isBlank()) {
        continue;
      }
      boolean last = line.endsWith(";");
      statement.append(last ? line.substring(0, line.length() - 1) : line).append('\n');
      if (last) {
        statements.add(statement.toString());
        statement.setLength(0);
      }
    }
    if (!statement.isEmpty()) {
      throw new IllegalStateException(file + " ends without a semicolon");
    }
    return statements;
  }

  private static String read(String file) {
    try (InputStream stream = Migrations.class.getResourceAsStream("schema/" + file)) {
      if (stream == null) {
        throw new IllegalStateException("no schema file " + file);
      }
      return new String(stream.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
