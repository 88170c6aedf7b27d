/// The shop's processes: prepared, started, watched and ended.
@NullMarked
package deepflow.demo.run;

import org.jspecify.annotations.NullMarked;
