package deepflow.server.querier.ledger;

/// What became of some spans.
///
/// @param key the agent (32 hexadecimal digits), the minute (Unix seconds) or the service that they
///   are counted by
record LedgerEntry(String key, Fate fate, String reason, long spans) {

  /// What can become of spans.
  enum Fate {
    /// They came.
    RECEIVED,
    /// They are in the store.
    STORED,
    /// They came again and were there already.
    MERGED,
    /// They wait with the agent.
    QUEUED,
    /// Their sender was told that they were not taken.
    REFUSED,
    /// They were stored, and retention or a full disk took them.
    EXPIRED,
    /// The agent's disk lost them.
    DAMAGED,
    /// They went to a server that acknowledges nothing.
    UNACKNOWLEDGED,
    /// They are stored, refused or expired here, and their agent has not said yet that it got them.
    UNREPORTED,
    /// Requests, not spans, of which an agent took nothing: nobody knows how many spans they had,
    /// so they stand beside the balance.
    REFUSED_REQUESTS
  }

  /// The same counted by another key.
  LedgerEntry of(String newKey) {
    return new LedgerEntry(newKey, fate, reason, spans);
  }
}
