/// ⑤ Walks OTLP bytes into columns.
@NullMarked
package deepflow.server.ingester.decode;

import org.jspecify.annotations.NullMarked;
