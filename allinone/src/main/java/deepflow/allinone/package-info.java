/// Agent and server in one process.
@NullMarked
package deepflow.allinone;

import org.jspecify.annotations.NullMarked;
