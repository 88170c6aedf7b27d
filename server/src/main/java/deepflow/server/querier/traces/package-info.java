/// What our own UI asks: lists of traces, services, agents.
@NullMarked
package deepflow.server.querier.traces;

import org.jspecify.annotations.NullMarked;
