/// Registers the agent with a controller by OpAMP, asks for its group's configuration, and has it
/// applied while the agent runs.
///
/// What came last is kept in the file `group-config.yaml` of the data directory: it holds from the
/// first span after a restart on, and for as long as the controller is away. The file is the YAML
/// that the controller sent, behind a comment with its revision.
@NullMarked
package deepflow.agent.register;

import org.jspecify.annotations.NullMarked;
