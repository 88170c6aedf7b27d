package deepflow.agent.queue;

/// 128 bits that stand for the content of a request: two requests with equal hashes are taken for
/// one request that was sent twice. Must come from a hash that spreads well (two honest requests
/// collide with probability n² / 2¹²⁹).
public record Hash128(long high, long low) {
  /// Stands for the next part of the same request.
  public Hash128 next() {
    return new Hash128(high + 1, low);
  }
}
