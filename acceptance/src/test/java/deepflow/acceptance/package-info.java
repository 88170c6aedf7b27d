/// The real collector, SDKs and browser against our real programs, each a process of its own.
@NullMarked
package deepflow.acceptance;

import org.jspecify.annotations.NullMarked;
