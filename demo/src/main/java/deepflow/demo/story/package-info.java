/// What happens in the shop: who visits it, on which way, and what goes wrong for whom.
@NullMarked
package deepflow.demo.story;

import org.jspecify.annotations.NullMarked;
