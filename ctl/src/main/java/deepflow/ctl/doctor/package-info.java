/// `doctor`: reads a collector's configuration and looks at what runs, and names each mistake on
/// the way of a span, with what to do about it.
///
/// - [CollectorFile] finds configurations in a file, [CollectorChecks] judges them.
/// - [AgentChecks] and [ServerChecks] ask the programs, [ClusterChecks] the Kubernetes API server
///   through `kubectl`, which has the user's rights.
/// - All of them tell [Finding]s of the kinds that [Problem] lists.
@NullMarked
package deepflow.ctl.doctor;

import org.jspecify.annotations.NullMarked;
