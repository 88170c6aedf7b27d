package deepflow.server.storage;

import deepflow.wire.frame.Identity;

/// Spans of one batch of which a block made no row.
///
/// @param reason as the metric's label names it, or [#MERGED]
public record Refused(Identity agent, long batch, String reason, long spans) {
  /// The block has the same spans already, byte for byte.
  public static final String MERGED = "repeated";
}
