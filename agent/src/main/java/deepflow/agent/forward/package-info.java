/// ③ Sends batches to the server and follows its acknowledgements.
@NullMarked
package deepflow.agent.forward;

import org.jspecify.annotations.NullMarked;
