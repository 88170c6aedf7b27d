/// What the programs say while they run: one line an event, to standard error.
@NullMarked
package deepflow.settings.logging;

import org.jspecify.annotations.NullMarked;
