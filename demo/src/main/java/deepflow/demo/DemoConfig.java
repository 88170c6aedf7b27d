package deepflow.demo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Everything that the demo is told when it starts.
///
/// @param logs where every process of the shop writes
/// @param cache what pip and npm install
/// @param otlp where spans go, OTLP over HTTP; empty looks for the agent of this machine
/// @param ui where a person looks at traces; only printed
/// @param rate requests a second
/// @param duration after which the demo ends by itself; zero is never
/// @param seed decides faults and customers
/// @param reveal whether the faults are told at the end
/// @param collector whether an otel-collector stands between the shop and the agent
record DemoConfig(
    Path logs,
    Path cache,
    Optional<URI> otlp,
    URI ui,
    double rate,
    Duration duration,
    long seed,
    boolean reveal,
    boolean collector) {}
