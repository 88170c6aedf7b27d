package deepflow.benchmarks;

/// The other end of a program that forwards: takes everything, does nothing with it, and counts.
interface Sink extends AutoCloseable {
  /// Requests of the load that have come, as many as were sent in one.
  long requests();

  /// Takes nothing until [#resume], as a server does that is too slow.
  void pause();

  void resume();

  @Override
  void close();
}
