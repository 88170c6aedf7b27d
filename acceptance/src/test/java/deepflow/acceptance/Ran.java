package deepflow.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A command that has ended.
record Ran(int code, String out, String err) {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// Runs a command to its end.
  ///
  /// @param folder in which it runs and which is its home
  /// @param input on its standard input
  static Ran of(Path folder, List<String> command, String input)
      throws IOException, InterruptedException {
    Path files = Files.createTempDirectory(folder, "run");
    Path in = Files.writeString(files.resolve("in"), input);
    Path out = files.resolve("out");
    Path err = files.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("HOME", folder.toString());
    builder.environment().putAll(Programs.environment());
    Process process = builder.start();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("does not end: " + command);
    }
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /// The standard output of a command that must succeed.
  String ok() {
    if (code != 0) {
      throw new AssertionError("ended with " + code + ": " + err + out);
    }
    return out;
  }

  /// The same, and it must not have warned.
  String quiet() {
    String answer = ok();
    if (!err.isBlank()) {
      throw new AssertionError("said: " + err);
    }
    return answer;
  }
}
