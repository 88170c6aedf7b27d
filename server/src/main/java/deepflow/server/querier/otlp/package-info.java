/// OTLP's messages as JSON.
@NullMarked
package deepflow.server.querier.otlp;

import org.jspecify.annotations.NullMarked;
