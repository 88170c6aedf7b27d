package deepflow.server.controller;

import java.time.Instant;
import java.util.List;

/// An agent whose queue the store or the ingester knows.
///
/// @param identity of its queue, 32 hexadecimal digits
/// @param host as it says; empty when it says nothing, so is version
/// @param otlp addresses on which it takes OTLP, such as `http://127.0.0.1:4318`
/// @param connected whether it can send spans now
/// @param committedBatch the highest batch of its queue that is in the store
/// @param lastSeen when something last came from it
public record LinkedAgent(
    String identity,
    String host,
    String version,
    List<String> otlp,
    boolean connected,
    long committedBatch,
    Instant lastSeen) {
  public LinkedAgent {
    otlp = List.copyOf(otlp);
  }
}
