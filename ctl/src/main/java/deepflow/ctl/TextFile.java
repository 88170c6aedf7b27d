package deepflow.ctl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that the command line names.
final class TextFile {
  private TextFile() {}

  /// @param file `-` is standard input
  static String read(Path file) throws CtlException {
    try {
      return file.toString().equals("-")
          ? new String(System.in.readAllBytes(), UTF_8)
          : Files.readString(file);
    } catch (IOException e) {
      throw new CtlException(CtlException.USAGE, "can't read %s (%s)".formatted(file, e));
    }
  }
}
