/// Promises of any ClickHouse, and of the embedded one.
@NullMarked
package deepflow.clickhouse;

import org.jspecify.annotations.NullMarked;
