/// Tests of the forwarder against a server that misbehaves in every way it can.
@NullMarked
package deepflow.agent.forward;

import org.jspecify.annotations.NullMarked;
