package deepflow.acceptance;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The house style's gates that no other tool holds. Sizes are those that four good Java teams keep
/// (CONTRIBUTING.md).
class TidyTest {

  private static final int METHOD_LINES_MAX = 60;
  private static final int FILE_LINES_MAX = 500;
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Set<String> NOT_OURS =
      Set.of(".git", "target", "node_modules", "dist", ".idea", ".vscode");
  private static final Pattern MACHINE_PATH =
      Pattern.compile("/(work|root|home/[a-z]+|usr/lib/jvm/[a-z])[/-][a-z]");
  private static final Pattern REGISTRY_HOST =
      Pattern.compile(
          "registry\\.npmjs|repo\\d?\\.maven|proxy\\.golang|pypi\\.org|files\\.pythonhosted");
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b");

  @Test
  void noMethodIsLongerThanAScreen() throws Exception {
    assertThat(longMethods(javaFiles().toList())).isEmpty();
  }

  @Test
  void noFileIsLongerThanItsReader() {
    assertThat(javaFiles().filter(file -> lines(file).size() > FILE_LINES_MAX)).isEmpty();
  }

  @Test
  void onlyProgramsPrint() {
    Predicate<String> prints = text -> text.contains("System.out") || text.contains("System.err");
    assertThat(
            javaFiles()
                .filter(file -> file.toString().contains("/src/main/"))
                .filter(file -> !file.toString().contains("/benchmarks/"))
                .filter(file -> !file.toString().contains("/ctl/"))
                .filter(file -> !file.getFileName().toString().matches(".*(Main|Program)\\.java"))
                .filter(file -> prints.test(text(file))))
        .isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() {
    Stream<Path> packages =
        javaFiles()
            .filter(file -> file.toString().contains("/src/main/java/"))
            .map(Path::getParent)
            .distinct();
    assertThat(packages.filter(folder -> !isNullMarked(folder))).isEmpty();
  }

  @Test
  void everyModuleHasAReadme() {
    assertThat(modules().filter(module -> Files.notExists(module.resolve("README.md")))).isEmpty();
  }

  @Test
  void nothingIsLeftForLater() {
    assertThat(offences(file -> !isIn("docs", file), UNFINISHED)).isEmpty();
  }

  @Test
  void noFileNamesAMachineOrARegistry() {
    assertThat(offences(_ -> true, MACHINE_PATH)).isEmpty();
    assertThat(offences(_ -> true, REGISTRY_HOST)).isEmpty();
  }

  @Test
  void noPackageIsADrawerForOddments() {
    Pattern oddments = Pattern.compile("(util|utils|common|helper|helpers|misc)");
    assertThat(
            javaFiles()
                .map(Path::getParent)
                .distinct()
                .filter(folder -> oddments.matcher(folder.getFileName().toString()).matches()))
        .isEmpty();
  }

  private static List<String> offences(Predicate<Path> where, Pattern pattern) {
    List<String> found = new ArrayList<>();
    tracked()
        .filter(where)
        .filter(file -> !file.endsWith("TidyTest.java"))
        .forEach(file -> {
          int number = 0;
          for (String line : lines(file)) {
            number++;
            if (pattern.matcher(line).find()) {
              found.add("%s:%d: %s".formatted(ROOT.relativize(file), number, line.strip()));
            }
          }
        });
    return found;
  }

  private static boolean isIn(String folder, Path file) {
    return ROOT.relativize(file).startsWith(folder);
  }

  private static boolean isNullMarked(Path folder) {
    Path file = folder.resolve("package-info.java");
    return Files.exists(file) && text(file).contains("@NullMarked");
  }

  private static Stream<Path> modules() {
    return Pattern.compile("<module>(.*?)</module>")
        .matcher(text(ROOT.resolve("pom.xml")))
        .results()
        .map(match -> ROOT.resolve(match.group(1)));
  }

  private static Stream<Path> javaFiles() {
    return tracked().filter(file -> file.toString().endsWith(".java"));
  }

  private static Stream<Path> tracked() {
    List<Path> files = new ArrayList<>();
    collect(ROOT, files);
    return files.stream();
  }

  private static void collect(Path folder, List<Path> files) {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        if (NOT_OURS.contains(entry.getFileName().toString())) {
          continue;
        }
        if (Files.isDirectory(entry)) {
          collect(entry, files);
        } else {
          files.add(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> lines(Path file) {
    return text(file).lines().toList();
  }

  /// The file's text; empty for a file that holds none, such as a picture.
  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (MalformedInputException _) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> longMethods(List<Path> files) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (var manager = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(files));
      List<String> found = new ArrayList<>();
      for (CompilationUnitTree unit : task.parse()) {
        new LongMethods(unit, Trees.instance(task).getSourcePositions(), found).scan(unit, null);
      }
      return found;
    }
  }

  private static final class LongMethods extends TreePathScanner<@Nullable Void, @Nullable Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> found;

    LongMethods(CompilationUnitTree unit, SourcePositions positions, List<String> found) {
      this.unit = unit;
      this.positions = positions;
      this.found = found;
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
      if (method.getBody() != null && length(method) > METHOD_LINES_MAX) {
        found.add(
            Stream.of(unit.getSourceFile().getName(), method.getName(), length(method))
                .map(Object::toString)
                .collect(joining(" ")));
      }
      return super.visitMethod(method, null);
    }

    private long length(MethodTree method) {
      long first = positions.getStartPosition(unit, method.getBody());
      long last = positions.getEndPosition(unit, method.getBody());
      return unit.getLineMap().getLineNumber(last) - unit.getLineMap().getLineNumber(first) + 1;
    }
  }
}
