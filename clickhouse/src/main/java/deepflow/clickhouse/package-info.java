/// A ClickHouse, embedded or remote, that knows no span.
@NullMarked
package deepflow.clickhouse;

import org.jspecify.annotations.NullMarked;
