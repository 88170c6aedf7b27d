package deepflow.server.storage;

import deepflow.wire.frame.Identity;

/// What one block holds of one agent.
///
/// @param agent the agent's queue
/// @param epoch of the agent when it sent the newest of these batches
/// @param batchMin lowest batch number
/// @param batchMax highest batch number; all that the agent sent before it are in this block or in
///   committed ones
/// @param batches how many batches
/// @param spans rows that came of them
/// @param refusedSpans spans of theirs that could not be stored
public record Commit(
    Identity agent,
    long epoch,
    long batchMin,
    long batchMax,
    long batches,
    long spans,
    long refusedSpans) {}
