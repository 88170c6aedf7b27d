/// The shop's customers: requests at a steady pace.
@NullMarked
package deepflow.demo.load;

import org.jspecify.annotations.NullMarked;
