package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// An engine on a directory of its own for the tests of one class. Only one can be open in a
/// process: test classes that use it must not run at the same time.
///
/// ```java
/// @RegisterExtension static final ThrowAwayEngine engine = new ThrowAwayEngine();
/// ```
public final class ThrowAwayEngine
    implements BeforeAllCallback, AfterAllCallback, ClickHouseContract.Subject {
  /// Nested test classes begin and end inside of the class that registers this.
  private int depth;

  private @Nullable Path path;
  private @Nullable EmbeddedClickHouse clickHouse;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    if (depth++ == 0) {
      path = Files.createTempDirectory("clickhouse-");
      open();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (--depth > 0) {
      return;
    }
    try {
      close();
    } finally {
      delete(path());
    }
  }

  /// The engine; another one after [#reopen].
  @Override
  public ClickHouse clickHouse() {
    return engine();
  }

  EmbeddedClickHouse engine() {
    if (clickHouse == null) {
      throw new IllegalStateException("register this as a static extension");
    }
    return clickHouse;
  }

  /// The store's directory.
  public Path path() {
    if (path == null) {
      throw new IllegalStateException("register this as a static extension");
    }
    return path;
  }

  /// Closes the engine and opens it again on the same store.
  @Override
  public ClickHouse reopen() throws ClickHouseException {
    close();
    open();
    return clickHouse();
  }

  /// Fails when native code still holds something for us.
  public static void assertNothingIsLeft() {
    for (NativeHandles.Kind kind : NativeHandles.Kind.values()) {
      assertThat(NativeHandles.open(kind)).as("open: %s", kind).isZero();
    }
  }

  private void open() throws ClickHouseException {
    clickHouse = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(path()));
  }

  private void close() {
    if (clickHouse != null) {
      clickHouse.close();
      clickHouse = null;
      assertNothingIsLeft();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
