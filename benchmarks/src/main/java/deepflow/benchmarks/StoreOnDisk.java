package deepflow.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// What a store takes on disk, as its files say.
///
/// @param directory where it is
record StoreOnDisk(Path directory) {
  /// Each part has one file of this name.
  private static final String OF_A_PART = "checksums.txt";

  long bytes() {
    return sum(StoreOnDisk::size);
  }

  /// Parts of all tables, those that are merged away and not yet removed included.
  long parts() {
    return sum(file -> file.endsWith(OF_A_PART) ? 1 : 0);
  }

  private long sum(ToLongFunction<Path> figure) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(figure).sum();
    } catch (UncheckedIOException | IOException removedMeanwhile) {
      return sum(figure);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException mergedAway) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
