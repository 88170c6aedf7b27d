@NullMarked
package deepflow.agent.queue;

import org.jspecify.annotations.NullMarked;
