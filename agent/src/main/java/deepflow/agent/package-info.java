/// deepflow-agent: builds and starts everything of the node's intake.
@NullMarked
package deepflow.agent;

import org.jspecify.annotations.NullMarked;
