/// ⑧ Traces as trees of spans with their own times: DeepFlow's L7FlowTracing.
@NullMarked
package deepflow.server.querier.flowtracing;

import org.jspecify.annotations.NullMarked;
