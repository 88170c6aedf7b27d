/// What sets some traces apart from others: their attributes, the calls they make and where their
/// time goes.
@NullMarked
package deepflow.server.querier.differences;

import org.jspecify.annotations.NullMarked;
