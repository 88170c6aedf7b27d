/// Promises of the column blocks that need no engine.
@NullMarked
package deepflow.clickhouse.block;

import org.jspecify.annotations.NullMarked;
