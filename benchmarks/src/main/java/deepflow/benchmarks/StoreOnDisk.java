package deepflow.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongBiFunction;
import org.jspecify.annotations.Nullable;

/// What a store takes on disk, as its files say.
///
/// @param directory where it is
record StoreOnDisk(Path directory) {
  /// Each part has one file of this name.
  private static final String OF_A_PART = "checksums.txt";

  long bytes() {
    return sum((_, attributes) -> attributes.size());
  }

  /// What it takes when nothing more goes within a minute: parts that were merged away stay for so
  /// long.
  ///
  /// @param atMost to wait
  long bytesAtRest(Duration atMost) throws InterruptedException {
    Instant end = Instant.now().plus(atMost);
    long least = bytes();
    int same = 0;
    while (same < 6 && Instant.now().isBefore(end)) {
      Thread.sleep(10_000);
      long now = bytes();
      same = now < least ? 0 : same + 1;
      least = Math.min(least, now);
    }
    return least;
  }

  /// Parts of all tables, those that are merged away and not yet removed included.
  long parts() {
    return sum((file, _) -> file.endsWith(OF_A_PART) ? 1 : 0);
  }

  private long sum(ToLongBiFunction<Path, BasicFileAttributes> figure) {
    var sum = new LongAdder();
    try {
      Files.walkFileTree(directory, new Present(figure, sum));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sum.sum();
  }

  /// Adds up what is there; what was merged away since it was listed is not.
  private static final class Present extends SimpleFileVisitor<Path> {
    private final ToLongBiFunction<Path, BasicFileAttributes> figure;
    private final LongAdder sum;

    Present(ToLongBiFunction<Path, BasicFileAttributes> figure, LongAdder sum) {
      this.figure = figure;
      this.sum = sum;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      sum.add(figure.applyAsLong(file, attributes));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      return passOver(failure);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      return failure == null ? FileVisitResult.CONTINUE : passOver(failure);
    }

    private static FileVisitResult passOver(IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }
  }
}
