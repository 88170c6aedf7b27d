/// `./deepflow demo`: real instrumented services that sell to each other, with faults to be found.
@NullMarked
package deepflow.demo;

import org.jspecify.annotations.NullMarked;
