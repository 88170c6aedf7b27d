/// ⑥ Labels spans.
@NullMarked
package deepflow.server.labeler;

import org.jspecify.annotations.NullMarked;
