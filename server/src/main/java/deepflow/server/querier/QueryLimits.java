package deepflow.server.querier;

import deepflow.clickhouse.Query;
import java.time.Duration;

/// How much one question may cost.
///
/// @param time after which the engine gives up
/// @param memoryBytesMax what the engine may use for it
/// @param answerBytesMax size of an answer's body
/// @param concurrent questions that are worked on at a time
/// @param waiting questions that may wait; more are turned away
public record QueryLimits(
    Duration time, long memoryBytesMax, int answerBytesMax, int concurrent, int waiting) {

  /// 30 s, 512 MiB, 64 MiB, 6 at a time, 32 waiting.
  public static final QueryLimits DEFAULT =
      new QueryLimits(Duration.ofSeconds(30), 512L << 20, 64 << 20, 6, 32);

  /// The same query, which the engine ends when it takes more time or memory than this.
  public Query bound(Query query) {
    return query
        .setting("max_execution_time", Math.max(1, time.toSeconds()))
        .setting("max_memory_usage", memoryBytesMax);
  }
}
