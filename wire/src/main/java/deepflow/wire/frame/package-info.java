/// Frames of the TCP link between agent and server.
@NullMarked
package deepflow.wire.frame;

import org.jspecify.annotations.NullMarked;
