/// Tempo's API.
@NullMarked
package deepflow.server.querier.tempo;

import org.jspecify.annotations.NullMarked;
