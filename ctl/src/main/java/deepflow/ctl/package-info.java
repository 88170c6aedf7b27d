/// deepflow-ctl, the command line client of the server.
@NullMarked
package deepflow.ctl;

import org.jspecify.annotations.NullMarked;
