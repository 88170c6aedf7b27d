package deepflow.server.storage;

import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import java.time.Instant;

/// What an agent said of all spans that it ever saw.
///
/// @param at when it came
public record AgentReport(Identity agent, Instant at, LinkMessage.Report sums) {}
