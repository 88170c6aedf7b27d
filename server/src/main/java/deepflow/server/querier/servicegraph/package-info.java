/// Which service calls which, and which databases and queues: calls, errors and latency.
@NullMarked
package deepflow.server.querier.servicegraph;

import org.jspecify.annotations.NullMarked;
