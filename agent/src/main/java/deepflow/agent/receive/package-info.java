/// ① Takes OTLP over HTTP and gRPC.
@NullMarked
package deepflow.agent.receive;

import org.jspecify.annotations.NullMarked;
