package deepflow.acceptance;

import java.nio.file.Path;

/// Which of the JVMs this is that run these tests side by side, and what each of them has for
/// itself.
final class Fork {
  /// 1 and up; 1 where there is no other.
  static final int NUMBER = Integer.getInteger("tests.fork", 1);

  private Fork() {}

  /// Where programs' logs go. Two JVMs have programs of the same name.
  static Path logs() {
    return Path.of("target", "logs", Integer.toString(NUMBER));
  }
}
