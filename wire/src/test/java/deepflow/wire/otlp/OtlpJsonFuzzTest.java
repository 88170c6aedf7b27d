package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class OtlpJsonFuzzTest {
  @FuzzTest
  void whatItMakesIsARequest(byte[] json) {
    ByteBuffer request;
    try {
      request = OtlpJson.toProtobuf(json, 0, json.length);
    } catch (MalformedJsonException e) {
      return;
    }
    assertThat(
            new RequestCheck()
                .check(request.array(), request.arrayOffset(), request.remaining(), null))
        .isInstanceOf(CheckedRequest.Accepted.class);
  }
}
