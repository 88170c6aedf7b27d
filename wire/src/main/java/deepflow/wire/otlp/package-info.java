/// OTLP walked in place, without building objects; OTLP/JSON to protobuf.
///
/// An ExportTraceServiceRequest (the same bytes as TracesData) nests so; `OtlpField` has the
/// numbers:
///
/// ```
/// request ─ resource_spans* ─┬─ resource ─ attributes*            app.host.ip is added here
///                            └─ scope_spans* ─┬─ scope
///                                             └─ spans* ─┬─ attributes*, events*, links*, status
///                                                        └─ ids                    checked here
/// ```
///
/// Everything works on a range of a `byte[]`. Offsets in messages count from the range's first
/// byte.
@NullMarked
package deepflow.wire.otlp;

import org.jspecify.annotations.NullMarked;
