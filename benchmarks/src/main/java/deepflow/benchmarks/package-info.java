/// Load generators and measurements.
@NullMarked
package deepflow.benchmarks;

import org.jspecify.annotations.NullMarked;
