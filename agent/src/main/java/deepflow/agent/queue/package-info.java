/// ② Keeps what was acknowledged on disk until the server has it.
@NullMarked
package deepflow.agent.queue;

import org.jspecify.annotations.NullMarked;
