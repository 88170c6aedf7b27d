/// The names that OpenTelemetry's semantic conventions gave to one and the same thing over the
/// years: where ⑤ decodes and where ⑧ answers, every name is read with those that it had and has.
@NullMarked
package deepflow.server.semconv;

import org.jspecify.annotations.NullMarked;
