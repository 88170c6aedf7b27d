/// deepflow-server: builds and starts everything of the server.
@NullMarked
package deepflow.server;

import org.jspecify.annotations.NullMarked;
