/// The path from a frame to a committed block.
@NullMarked
package deepflow.server.ingester;

import org.jspecify.annotations.NullMarked;
