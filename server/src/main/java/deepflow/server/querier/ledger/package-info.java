/// ⑧ Says what became of every span: the loss ledger.
@NullMarked
package deepflow.server.querier.ledger;

import org.jspecify.annotations.NullMarked;
