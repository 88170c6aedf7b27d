package deepflow.acceptance;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// The real programs of others that tests run: found in the cache, built there when missing.
///
/// A test that needs one which can't be had aborts with the reason, and the report shows it as
/// skipped.
final class RealParts {
  /// Longer than a build takes that has the machine for itself.
  private static final Duration PATIENCE = Duration.ofMinutes(12);

  private static final Map<Group, RealParts> BUILT = new EnumMap<>(Group.class);

  /// What `real-parts/build` builds in one go.
  private enum Group {
    SENDERS,
    KUBERNETES,
    SYSTEMD;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<String, Path> programs;
  private final String told;

  private RealParts(Map<String, Path> programs, String told) {
    this.programs = programs;
    this.told = told;
  }

  static Path collector() {
    return of(Group.SENDERS).program("otelcol");
  }

  /// OpAMP's supervisor, which runs a collector as it is told.
  static Path supervisor() {
    return of(Group.SENDERS).program("opampsupervisor");
  }

  static Path telemetrygen() {
    return of(Group.SENDERS).program("telemetrygen");
  }

  /// The script that sends by the JavaScript SDK.
  static Path jsSdk() {
    return of(Group.SENDERS).program("js-sdk");
  }

  /// The script that sends by the Python SDK.
  static Path pythonSdk() {
    return of(Group.SENDERS).program("python-sdk");
  }

  /// @param name `etcd`, `kube-apiserver`, `kubectl` or `helm`
  static Path kubernetes(String name) {
    return of(Group.KUBERNETES).program(name);
  }

  /// The root folder of a small Debian with systemd, not to be written to.
  static Path debian() {
    return of(Group.SYSTEMD).program("debian");
  }

  /// The javaagent that the build copied, whole.
  static Path javaagent() {
    return file(Path.of("target", "real-parts", "opentelemetry-javaagent.jar"));
  }

  /// The browser: DEEPFLOW_TEST_CHROMIUM, or the first of the usual names on the PATH.
  static Path chromium() {
    String given = System.getenv("DEEPFLOW_TEST_CHROMIUM");
    if (given != null) {
      return file(Path.of(given));
    }
    String path = System.getenv().getOrDefault("PATH", "");
    for (String folder : path.split(File.pathSeparator, -1)) {
      for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
        Path candidate = Path.of(folder, name);
        if (Files.isExecutable(candidate)) {
          return candidate;
        }
      }
    }
    return skip("there is no chromium on the PATH: install Debian's package 'chromium'");
  }

  private static Path file(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new IllegalStateException(path.toAbsolutePath() + " is missing");
    }
    return path.toAbsolutePath();
  }

  private Path program(String name) {
    Path program = programs.get(name);
    return program == null ? skip(name + " can't be had here: " + told) : program;
  }

  /// Skips the test, and says so in the run's report.
  static Path skip(String why) {
    Report.skipped(why);
    return abort(why);
  }

  private static synchronized RealParts of(Group group) {
    return BUILT.computeIfAbsent(group, RealParts::build);
  }

  private static RealParts build(Group group) {
    Path log = Fork.logs().resolve("real-parts-" + group.word() + ".log");
    try {
      Files.createDirectories(log.getParent());
      Path out = Files.createTempFile("real-parts", ".out");
      Process process =
          new ProcessBuilder("real-parts/build", group.word())
              .redirectOutput(out.toFile())
              .redirectError(log.toFile())
              .start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        return new RealParts(Map.of(), "not built within " + PATIENCE + " (" + log + ")");
      }
      List<String> lines = Files.readAllLines(out);
      Files.delete(out);
      return of(process.exitValue(), lines, Files.readString(log));
    } catch (IOException e) {
      throw new IllegalStateException("real-parts/build could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static RealParts of(int code, List<String> lines, String told) {
    // 3: skipped for want of Go, npm or pip. Anything else is a failure of the build itself, and
    // not
    // to be hidden.
    if (code != 0 && code != 3) {
      throw new IllegalStateException("real-parts/build ended with " + code + ":\n" + told);
    }
    return new RealParts(parse(lines), told);
  }

  private static Map<String, Path> parse(List<String> lines) {
    Map<String, Path> programs = new TreeMap<>();
    for (String line : lines) {
      int equals = line.indexOf('=');
      programs.put(line.substring(0, equals), Path.of(line.substring(equals + 1)));
    }
    return programs;
  }
}
