package deepflow.clickhouse.block;

/// Where a [Block] is written to.
///
/// @param <X> what can go wrong there
@FunctionalInterface
public interface NativeSink<X extends Exception> {

  /// Takes the bytes at once or copies them: the array is reused after the call.
  void write(byte[] source, int offset, int length) throws X;
}
