package deepflow.server.ingester.decode;

import deepflow.server.storage.Refused;
import deepflow.wire.frame.Identity;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// One batch in a block: who sent it, and what became of its spans.
public final class Batch {
  private final Identity agent;
  private final byte[] agentBytes;
  private final long epoch;
  private final long number;
  private final String agentHost;
  private int spans;
  private int merged;
  private final Map<SpanRefusal, Integer> refused = new EnumMap<>(SpanRefusal.class);

  /// @param agent the agent's queue
  /// @param epoch of the agent
  /// @param number of the batch in that queue
  public Batch(Identity agent, long epoch, long number) {
    this(agent, epoch, number, "");
  }

  /// @param agentHost name of the agent's host; empty when not known
  public Batch(Identity agent, long epoch, long number, String agentHost) {
    this.agent = agent;
    this.agentBytes = agent.bytes();
    this.epoch = epoch;
    this.number = number;
    this.agentHost = agentHost;
  }

  /// The agent's queue.
  public Identity agent() {
    return agent;
  }

  byte[] agentBytes() {
    return agentBytes;
  }

  String agentHost() {
    return agentHost;
  }

  /// The epoch in which the agent sent it.
  public long epoch() {
    return epoch;
  }

  /// Its number in the agent's queue.
  public long number() {
    return number;
  }

  /// Rows that came of it.
  public int spans() {
    return spans;
  }

  /// Spans that could not be stored.
  public int refusedSpans() {
    return refused.values().stream().mapToInt(Integer::intValue).sum();
  }

  /// The same by reason, and those that were there already under [Refused#MERGED].
  public List<Refused> refused() {
    var all = new ArrayList<Refused>();
    refused.forEach((reason, count) -> all.add(new Refused(agent, number, reason.label(), count)));
    if (merged > 0) {
      all.add(new Refused(agent, number, Refused.MERGED, merged));
    }
    return all;
  }

  /// A span that the block has already, as sent.
  void countMerged() {
    merged++;
  }

  void countSpan() {
    spans++;
  }

  void countRefused(SpanRefusal reason, int count) {
    if (count > 0) {
      refused.merge(reason, count, Integer::sum);
    }
  }
}
