/// ⑧ Answers.
@NullMarked
package deepflow.server.querier;

import org.jspecify.annotations.NullMarked;
