package deepflow.acceptance;

import java.util.Random;

/// Which of the two tiers of tests is run, and the run's seed.
final class Tier {
  /// True in the long tier, `-Ddeepflow.long=true`.
  static final boolean LONG = Boolean.getBoolean("deepflow.long");

  /// Decides all that is random here; printed with each failure that depends on it.
  static final long SEED = seed();

  private Tier() {}

  static int times(int normal, int inLongTier) {
    return LONG ? inLongTier : normal;
  }

  /// A source of random numbers of its own for each use, the same for the same seed.
  static Random random(String use) {
    return new Random(SEED ^ use.hashCode());
  }

  private static long seed() {
    String given = System.getProperty("tests.seed", "");
    return given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
  }
}
