/// OTLP walked in place, without building objects; OTLP/JSON to protobuf.
@NullMarked
package deepflow.wire.otlp;

import org.jspecify.annotations.NullMarked;
