/// ① Takes OTLP over HTTP and gRPC.
///
/// A request's way, on one thread of the receiver until the queue has it:
///
/// | step | class | may end with |
/// |---|---|---|
/// | path, method, Content-Type, encoding | `TraceService`, `Dialect` | 404, 405, 415 |
/// | room for it, or a turn in the line | `InFlight`, `WaitingLine` | 503 |
/// | body into one array | `BodyReader` | 413, 503 |
/// | gRPC's frame; decompression up to the limit | `GrpcFrame`, `Coding` | 400, 413, 503 |
/// | OTLP/JSON to protobuf | `deepflow.wire.otlp.OtlpJson` | 400 |
/// | check, and `app.host.ip` where it is missing | `deepflow.wire.otlp.RequestCheck` | 400 |
/// | hash, entry, queue | `TraceIntake` | 503 |
/// | the answer in the request's own form | `Answers`, `StatusBody` | 200 |
///
/// The numbers are HTTP's; gRPC's stand beside them in `Refusal` and `Answers`.
@NullMarked
package deepflow.agent.receive;

import org.jspecify.annotations.NullMarked;
