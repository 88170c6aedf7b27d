/// DeepFlow SQL.
@NullMarked
package deepflow.server.querier.sql;

import org.jspecify.annotations.NullMarked;
