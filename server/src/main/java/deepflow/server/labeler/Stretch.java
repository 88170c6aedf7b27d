package deepflow.server.labeler;

/// How long an answer holds: as long as all that it was made of. For one question.
final class Stretch {
  private static final long BUCKET_NANOS = 10_000_000_000L;

  long from = Long.MIN_VALUE;
  long until = Long.MAX_VALUE;

  /// Notes what the answer rests on, and gives it back.
  <V> Timeline.Held<V> of(Timeline.Held<V> held) {
    from = Math.max(from, held.from());
    until = Math.min(until, held.until());
    return held;
  }

  /// What is not known yet may be known soon: the answer holds for the 10 seconds round `time`.
  ///
  /// @return a name for those seconds
  long narrow(long time) {
    long bucket = Math.floorDiv(time, BUCKET_NANOS);
    from = Math.max(from, bucket * BUCKET_NANOS);
    until = Math.min(until, (bucket + 1) * BUCKET_NANOS);
    return bucket;
  }
}
