/// ④ Takes frames from agents.
@NullMarked
package deepflow.server.ingester.receive;

import org.jspecify.annotations.NullMarked;
