package deepflow.agent.receive;

/// A port to listen on.
///
/// @param port 0 takes a free one
/// @param setting its name in messages: `--otlp-grpc-port`
/// @param optional when it is taken, the receiver warns and goes on without it
public record ReceivePort(int port, String setting, boolean optional) {}
