/// Settings of a program from flags, environment, YAML file and defaults, in this order.
@NullMarked
package deepflow.settings;

import org.jspecify.annotations.NullMarked;
