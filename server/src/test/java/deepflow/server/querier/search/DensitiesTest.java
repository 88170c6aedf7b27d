package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.querier.search.Densities.Form;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// What a search learns of how far back the next one has to go.
class DensitiesTest {
  private static final Form FORM = form("{ span.tenant = \"a\" && status = error }");

  private final Densities densities = new Densities();

  @Test
  void areThoseOfAllConditionsThatDifferInValuesOnly() {
    densities.note(FORM, 20, 2);

    assertThat(densities.steps(form("{ span.tenant = \"b\" && status = ok }"), 21)).hasValue(3);
  }

  @Test
  void areUnknownOfAnotherFieldOrComparison() {
    densities.note(FORM, 20, 2);

    assertThat(densities.steps(form("{ span.user = \"a\" && status = error }"), 100)).isEmpty();
    assertThat(densities.steps(form("{ span.tenant != \"a\" && status = error }"), 100)).isEmpty();
  }

  @Test
  void followWhatComesIn() {
    densities.note(FORM, 1_000, 1);
    for (int i = 0; i < 20; i++) {
      densities.note(FORM, 1, 1);
    }

    assertThat(densities.steps(FORM, 100).orElseThrow()).isBetween(110L, 121L);
  }

  @Test
  void tellNothingWhereNothingWasFound() {
    densities.note(FORM, 0, 3_600);

    assertThat(densities.steps(FORM, 21)).isEqualTo(OptionalLong.empty());
  }

  @Test
  void areForgottenWhereTheyAreTooMany() {
    densities.note(FORM, 20, 2);
    for (int i = 0; i < 2_000; i++) {
      densities.note(form("{ span.key%d = 1 }".formatted(i)), 1, 1);
    }

    assertThat(densities.steps(FORM, 21)).isEmpty();
  }

  private static Form form(String traceQl) {
    return Form.of(TraceQl.parse(traceQl));
  }
}
