/// What agents and a server say to each other about agents: OpAMP's messages, and the configuration
/// of a group of agents as YAML.
///
/// [AgentToServer] and [ServerToAgent] hold what is used of OpAMP's messages of the same names;
/// fields that aren't used here are passed over. They travel as bodies of HTTP
/// (`application/x-protobuf`), or one a binary WebSocket message with a header, a zero byte, before
/// them.
///
/// Source: opamp-spec, `proto/opamp.proto` and `specification.md`, as opamp-go 0.23 has them.
@NullMarked
package deepflow.wire.control;

import org.jspecify.annotations.NullMarked;
