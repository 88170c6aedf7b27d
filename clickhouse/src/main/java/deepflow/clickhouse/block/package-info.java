/// Column blocks in ClickHouse's Native format.
@NullMarked
package deepflow.clickhouse.block;

import org.jspecify.annotations.NullMarked;
