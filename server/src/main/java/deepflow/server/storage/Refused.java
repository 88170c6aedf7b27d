package deepflow.server.storage;

import deepflow.wire.frame.Identity;

/// Spans of one batch that could not be stored.
///
/// @param reason as the metric's label names it
public record Refused(Identity agent, long batch, String reason, long spans) {}
