/// Watches Kubernetes clusters and tells the labeler: nothing else in the server knows what a
/// cluster speaks.
@NullMarked
package deepflow.server.controller.kubernetes;

import org.jspecify.annotations.NullMarked;
