package deepflow.server.querier.tempo;

import com.google.protobuf.CodedOutputStream;
import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.otlp.Message;
import deepflow.server.querier.otlp.OtlpJsonWriter;
import deepflow.server.storage.Trace;
import deepflow.wire.otlp.MalformedProtobufException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;
import tools.jackson.core.JsonGenerator;

/// The four bodies in which Tempo gives a trace.
///
/// | path | JSON | protobuf |
/// |---|---|---|
/// | `/api/traces/{id}` | `{"batches":[…]}` | Trace, the same bytes as TracesData |
/// | `/api/v2/traces/{id}` | `{"trace":{"resourceSpans":[…]},"metrics":{}}`, when cut also `"status":"PARTIAL","message":"…"`, and ours `"appHostIpAdded":[…]` | TraceByIDResponse: trace 1, metrics 2, status 3, message 4 |
///
/// Source: Tempo `pkg/tempopb/tempo.proto` of 2.8.
final class TraceBody {

  private static final int TRACE = 1;
  private static final int METRICS = 2;
  private static final int STATUS = 3;
  private static final int MESSAGE = 4;
  private static final int PARTIAL = 1;

  /// What a TraceByIDResponse may have beside the trace.
  static final int BESIDE_BYTES_MAX = 1_024;

  private final Trace trace;
  private final int bytesMax;

  TraceBody(Trace trace, int bytesMax) {
    this.trace = trace;
    this.bytesMax = bytesMax;
  }

  byte[] protobuf() {
    byte[] data = trace.toTracesData();
    LimitedOutput.check(data.length, bytesMax);
    return data;
  }

  byte[] json() {
    LimitedOutput output = new LimitedOutput(bytesMax);
    try (JsonGenerator json = JsonOutput.generator(output)) {
      write(json, Message.TRACE_BATCHES);
    }
    return output.toByteArray();
  }

  byte[] protobufV2() {
    byte[] data = protobuf();
    LimitedOutput output = new LimitedOutput(bytesMax + BESIDE_BYTES_MAX);
    CodedOutputStream protobuf = CodedOutputStream.newInstance(output);
    try {
      protobuf.writeByteArray(TRACE, data);
      protobuf.writeByteArray(METRICS, new byte[0]);
      if (trace.truncated()) {
        protobuf.writeEnum(STATUS, PARTIAL);
        protobuf.writeString(MESSAGE, message());
      }
      protobuf.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return output.toByteArray();
  }

  byte[] jsonV2() {
    LimitedOutput output = new LimitedOutput(bytesMax);
    try (JsonGenerator json = JsonOutput.generator(output)) {
      json.writeStartObject();
      json.writeName("trace");
      write(json, Message.TRACES_DATA);
      json.writeObjectPropertyStart("metrics");
      json.writeEndObject();
      appHostIpAdded(json);
      if (trace.truncated()) {
        json.writeStringProperty("status", "PARTIAL");
        json.writeStringProperty("message", message());
      }
      json.writeEndObject();
    }
    return output.toByteArray();
  }

  /// Positions in `resourceSpans` of the resources whose `app.host.ip` is the agent's word, not the
  /// sender's. Beside the trace, since OTLP has no place for it; left out when there is none.
  private void appHostIpAdded(JsonGenerator json) {
    int[] positions =
        IntStream.range(0, trace.resources().size())
            .filter(i -> trace.resources().get(i).appHostIpAdded())
            .toArray();
    if (positions.length > 0) {
      json.writeName("appHostIpAdded");
      json.writeArray(positions, 0, positions.length);
    }
  }

  String message() {
    return "the trace has more spans than fit into an answer: these are the first %s by start time"
        .formatted(trace.spans());
  }

  private void write(JsonGenerator json, Message message) {
    try {
      OtlpJsonWriter.write(json, message, trace.toTracesData());
    } catch (MalformedProtobufException e) {
      throw new IllegalStateException("the store gave a trace that is no OTLP", e);
    }
  }
}
