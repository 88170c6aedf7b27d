package deepflow.ctl.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TargetTest {
  @Test
  void fillsInWhatOtlpSays() {
    assertThat(Target.parse("collector"))
        .isEqualTo(new Target(Transport.HTTP_1, false, "collector", 4318, "/v1/traces"));
    assertThat(Target.parse("grpcs://collector/"))
        .isEqualTo(new Target(Transport.GRPC, true, "collector", 4317, Target.GRPC_EXPORT));
    assertThat(Target.parse("H2C://[::1]:9/api/v1/otel/trace"))
        .isEqualTo(new Target(Transport.HTTP_2, false, "[::1]", 9, "/api/v1/otel/trace"));
  }

  @Test
  void keepsThePathOnlyBetweenKindsOfHttp() {
    Target target = Target.parse("https://collector:1/here");

    assertThat(target.over(Transport.HTTP_2)).hasToString("h2://collector:1/here");
    assertThat(target.over(Transport.GRPC)).hasToString("grpcs://collector:1");
    assertThat(Target.parse("grpc://collector").over(Transport.HTTP_1))
        .hasToString("http://collector:4317/v1/traces");
  }

  @Test
  void knowsAnAddressOfTheSixthVersionWithoutItsBrackets() {
    assertThat(Target.parse("http://[::1]:4318").socketHost()).isEqualTo("::1");
  }
}
