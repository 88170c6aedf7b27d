package deepflow.agent.receive;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// `google.rpc.Status`, the body of every answer that is not success: in protobuf and in JSON, with
/// the detail that the kind of answer asks for.
final class StatusBody {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String TYPE = "type.googleapis.com/google.rpc.";

  private StatusBody() {}

  static byte[] protobuf(Answer.Refused refused) {
    Status.Builder status =
        Status.newBuilder().setCode(refused.refusal().grpcCode()).setMessage(refused.message());
    if (refused.refusal() == Refusal.MALFORMED) {
      status.addDetails(
          Any.pack(
              BadRequest.newBuilder()
                  .addFieldViolations(
                      BadRequest.FieldViolation.newBuilder().setDescription(refused.message()))
                  .build()));
    }
    return status.build().toByteArray();
  }

  static byte[] protobuf(Answer.Busy busy) {
    Duration.Builder delay =
        Duration.newBuilder()
            .setSeconds(busy.retryAfter().toSeconds())
            .setNanos(busy.retryAfter().toNanosPart());
    return Status.newBuilder()
        .setCode(Answers.UNAVAILABLE)
        .setMessage(busy.message())
        .addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()))
        .build()
        .toByteArray();
  }

  static byte[] json(Answer.Refused refused) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = begin(text, refused.refusal().grpcCode(), refused.message())) {
      if (refused.refusal() == Refusal.MALFORMED) {
        json.writeArrayPropertyStart("details");
        json.writeStartObject();
        json.writeStringProperty("@type", TYPE + "BadRequest");
        json.writeArrayPropertyStart("fieldViolations");
        json.writeStartObject();
        json.writeStringProperty("description", refused.message());
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
      }
      json.writeEndObject();
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  static byte[] json(Answer.Busy busy) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = begin(text, Answers.UNAVAILABLE, busy.message())) {
      json.writeArrayPropertyStart("details");
      json.writeStartObject();
      json.writeStringProperty("@type", TYPE + "RetryInfo");
      json.writeStringProperty("retryDelay", Answers.seconds(busy.retryAfter()) + "s");
      json.writeEndObject();
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// The body of a partial success in JSON, where 64-bit integers are strings.
  static byte[] json(Answer.Taken taken) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeObjectPropertyStart("partialSuccess");
      json.writeStringProperty("rejectedSpans", Integer.toString(taken.rejectedSpans()));
      json.writeStringProperty("errorMessage", taken.message());
      json.writeEndObject();
      json.writeEndObject();
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static JsonGenerator begin(StringWriter text, int code, String message) {
    JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text);
    json.writeStartObject();
    json.writeNumberProperty("code", code);
    json.writeStringProperty("message", message);
    return json;
  }
}
