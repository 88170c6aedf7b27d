package deepflow.server.ingester;

import java.time.Instant;
import java.util.List;

/// What the server knows of an agent.
///
/// @param identity of its queue, 32 hexadecimal digits
/// @param host as it says; empty when it has not said since the server's start
/// @param version of its program, likewise
/// @param otlp where it takes OTLP, likewise
/// @param connected whether it has a connection now
/// @param committedBatch highest batch number that is durable
/// @param lastSeen when something came from it last; the epoch when never
public record AgentStatus(
    String identity,
    String host,
    String version,
    List<String> otlp,
    boolean connected,
    long committedBatch,
    Instant lastSeen) {}
