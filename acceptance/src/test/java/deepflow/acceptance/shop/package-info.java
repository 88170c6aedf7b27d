/// A small instrumented service, run under the real javaagent.
@NullMarked
package deepflow.acceptance.shop;

import org.jspecify.annotations.NullMarked;
