package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How a process with an engine inside ends, and what it leaves.
@Timeout(180)
class EngineProcessTest {
  private static final int ROUNDS = Boolean.getBoolean("deepflow.long") ? 20 : 2;
  private static final int WARM = 10;

  @TempDir Path directory;

  @Test
  void stopsCleanlyOnSigtermWithEverythingInFlight() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      var program = start("work");
      var lines = readUntilWarm(program);
      program.toHandle().destroy();
      lines.addAll(program.inputReader().readAllLines());

      assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(program.exitValue()).as(String.join("\n", lines)).isZero();
      assertThat(lines.getLast()).startsWith("stopped after").doesNotContain(" 0 ");
      assertThat(lines).noneMatch(line -> line.startsWith("failed"));
      assertThatEveryBlockIsWhole(acknowledged(lines));
    }
  }

  @Test
  void leavesWholeBlocksWhenItIsKilled() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      var program = start("work");
      var lines = readUntilWarm(program);
      program.toHandle().destroyForcibly();
      lines.addAll(restOf(program));
      program.waitFor();

      assertThatEveryBlockIsWhole(acknowledged(lines));
    }
  }

  @Test
  void refusesAStoreThatAnotherProcessHasOpen() throws Exception {
    try (var engine = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory))) {
      assertThat(engine.version()).isNotEmpty();
      var program = start("open");
      assertThat(program.inputReader().readAllLines())
          .containsExactly(
              "BUSY another process has the store " + directory.toRealPath() + " open");
      assertThat(program.waitFor()).isZero();
    }
  }

  @Test
  void saysWhereTheLibraryShouldBe() throws Exception {
    var program = start("open", "-Ddeepflow.clickhouse.library=nowhere.so");
    assertThat(program.inputReader().readAllLines())
        .singleElement()
        .asString()
        .startsWith("the engine's library is not there: ")
        .endsWith("nowhere.so, given by -Ddeepflow.clickhouse.library");
    assertThat(program.waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 4096})
  void saysThatTheLibraryIsDamaged(int bytesThatCame) throws Exception {
    Path damaged = directory.resolve("damaged.so");
    try (InputStream library =
        Files.newInputStream(Path.of(System.getProperty("deepflow.clickhouse.library")))) {
      Files.write(damaged, library.readNBytes(bytesThatCame));
    }
    var program = start("open", "-Ddeepflow.clickhouse.library=" + damaged);
    assertThat(program.inputReader().readAllLines())
        .containsExactly(
            "the engine's library is damaged, or not for this system: install %s, given by -Ddeepflow.clickhouse.library, anew"
                .formatted(damaged));
    assertThat(program.waitFor()).isZero();
  }

  @Test
  void endsWithExitCodeZeroAfterAnOrdinaryClose() throws Exception {
    var program = start("open");
    assertThat(program.inputReader().readAllLines()).isEmpty();
    assertThat(program.waitFor()).isZero();
  }

  private Process start(String mode, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Xmx512m");
    command.add(
        "-Ddeepflow.clickhouse.library=" + System.getProperty("deepflow.clickhouse.library"));
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(EngineProgram.class.getName(), mode, directory.toString()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static List<String> readUntilWarm(Process program) throws IOException {
    List<String> lines = new ArrayList<>();
    BufferedReader reader = program.inputReader();
    while (acknowledged(lines).size() < WARM) {
      String line = reader.readLine();
      assertThat(line).as("the program ended: %s", lines).isNotNull();
      lines.add(line);
    }
    return lines;
  }

  private static List<String> restOf(Process program) {
    List<String> lines = new ArrayList<>();
    BufferedReader reader = program.inputReader();
    try {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException _) {
      // cut in the middle of a line, as a kill does
    }
    return lines;
  }

  private static List<Long> acknowledged(List<String> lines) {
    return lines.stream()
        .filter(line -> line.matches("acknowledged \\d+"))
        .map(line -> Long.parseLong(line.substring("acknowledged ".length())))
        .toList();
  }

  /// And that a block which is sent again is there once; then the store is emptied.
  private void assertThatEveryBlockIsWhole(List<Long> acknowledged) throws Exception {
    try (var engine = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory))) {
      String sql =
          "SELECT intDiv(a, {rows:UInt64}) AS block, count(), uniqExact(a) FROM default.t"
              + " GROUP BY block ORDER BY block";
      List<Long> found = new ArrayList<>();
      try (Rows rows = engine.query(Query.of(sql).with("rows", EngineProgram.BLOCK_ROWS))) {
        while (rows.next()) {
          found.add(rows.getLong(0));
          assertThat(rows.getLong(1)).isEqualTo(EngineProgram.BLOCK_ROWS);
          assertThat(rows.getLong(2)).isEqualTo(EngineProgram.BLOCK_ROWS);
        }
      }
      assertThat(found).containsAll(acknowledged);
      long last = found.getLast();
      engine.insert(
          EngineProgram.insert(last),
          ClickHouseContract.block(last * EngineProgram.BLOCK_ROWS, EngineProgram.BLOCK_ROWS));
      try (Rows rows = engine.query(Query.of("SELECT count() FROM default.t"))) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getLong(0)).isEqualTo((long) found.size() * EngineProgram.BLOCK_ROWS);
      }
      engine.execute(Query.of("DROP TABLE default.t SYNC"));
    }
    ThrowAwayEngine.assertNothingIsLeft();
  }
}
