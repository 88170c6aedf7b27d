package deepflow.wire.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import deepflow.wire.otlp.CheckedRequest.Accepted;
import deepflow.wire.otlp.CheckedRequest.Malformed;
import org.junit.jupiter.api.Test;

/// A few bytes each, and there can be thirty million of them: a server must have the memory for all
/// that an agent takes.
class RequestLimitsTest {
  private final RequestCheck check = new RequestCheck();

  @Test
  void takesSoManyLinksAndNoMore() {
    assertThatOnlySoManyFitInASpan(RequestCheck.LINKS_MAX, "links", "6a00");
  }

  @Test
  void takesSoManyAttributesAndEventsAndNoMore() {
    assertThatOnlySoManyFitInASpan(
        RequestCheck.PARTS_MAX, "attributes, elements and events", "4a00");
    assertThatOnlySoManyFitInASpan(
        RequestCheck.PARTS_MAX, "attributes, elements and events", "5a00");
  }

  @Test
  void takesSoManyAttributesOfAResourceAndNoMore() {
    assertThatOnlySoManyFit(
        RequestCheck.PARTS_MAX,
        "attributes, elements and events",
        "0a00",
        OtlpField.REQUEST_RESOURCE_SPANS,
        OtlpField.RESOURCE_SPANS_RESOURCE);
  }

  @Test
  void takesSoManyElementsAndNoMore() {
    byte[] fits = elements(RequestCheck.PARTS_MAX - 1);
    byte[] tooMany = elements(RequestCheck.PARTS_MAX);

    assertThat(check.check(fits, 0, fits.length, null)).isInstanceOf(Accepted.class);
    assertThat(check.check(tooMany, 0, tooMany.length, null)).isInstanceOf(Malformed.class);
  }

  /// Of an array that is an attribute.
  private static byte[] elements(int count) {
    return request(
        "0a00",
        count,
        OtlpField.REQUEST_RESOURCE_SPANS,
        OtlpField.RESOURCE_SPANS_SCOPE_SPANS,
        OtlpField.SCOPE_SPANS_SPANS,
        OtlpField.SPAN_ATTRIBUTES,
        OtlpField.KEY_VALUE_VALUE,
        OtlpField.ANY_VALUE_ARRAY);
  }

  private void assertThatOnlySoManyFitInASpan(int most, String what, String hex) {
    assertThatOnlySoManyFit(
        most,
        what,
        hex,
        OtlpField.REQUEST_RESOURCE_SPANS,
        OtlpField.RESOURCE_SPANS_SCOPE_SPANS,
        OtlpField.SCOPE_SPANS_SPANS);
  }

  /// @param in the fields that they are in, the outermost first
  private void assertThatOnlySoManyFit(int most, String what, String hex, int... in) {
    byte[] fits = request(hex, most, in);
    byte[] tooMany = request(hex, most + 1, in);

    assertThat(check.check(fits, 0, fits.length, null)).isInstanceOf(Accepted.class);
    assertThat(check.check(tooMany, 0, tooMany.length, null))
        .isInstanceOfSatisfying(
            Malformed.class,
            malformed -> assertThat(malformed.reason()).isEqualTo("more than %s %s", most, what));
  }

  private static byte[] request(String hex, int times, int... in) {
    ByteString one = ByteString.fromHex(hex);
    byte[] all = new byte[one.size() * times];
    for (int i = 0; i < times; i++) {
      one.copyTo(all, i * one.size());
    }
    ByteString message = ByteString.copyFrom(all);
    for (int i = in.length - 1; i >= 0; i--) {
      UnknownFieldSet.Field field =
          UnknownFieldSet.Field.newBuilder().addLengthDelimited(message).build();
      message = UnknownFieldSet.newBuilder().addField(in[i], field).build().toByteString();
    }
    return message.toByteArray();
  }
}
