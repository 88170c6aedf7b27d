@NullMarked
package deepflow.wire.frame;

import org.jspecify.annotations.NullMarked;
