package deepflow.demo.story;

import java.util.List;
import java.util.random.RandomGenerator;

/// Something that differs between visits; each span of a visit has it as an attribute.
///
/// @param attribute the attribute's key
/// @param values with their shares, which make 100
public record Trait(String attribute, List<Value> values) {

  /// One value of a trait.
  ///
  /// @param percent its share of all visits
  public record Value(String text, int percent) {
    /// Whether a fault may hang on it: neither so rare that nobody meets it, nor so common that it
    /// is the rule.
    boolean suitsAFault() {
      return percent >= 20 && percent <= 30;
    }
  }

  /// Every trait of a visit.
  public static final List<Trait> ALL =
      List.of(
          of(
              "customer.tier",
              new Value("free", 55),
              new Value("silver", 24),
              new Value("gold", 21)),
          of(
              "customer.region",
              new Value("eu-west", 34),
              new Value("us-east", 24),
              new Value("ap-south", 22),
              new Value("sa-east", 20)),
          of(
              "payment.method",
              new Value("card", 50),
              new Value("paypal", 27),
              new Value("voucher", 23)),
          of(
              "warehouse",
              new Value("north", 28),
              new Value("east", 26),
              new Value("south", 24),
              new Value("west", 22)),
          of("app.build", new Value("412", 50), new Value("413", 28), new Value("414-rc1", 22)),
          of("feature.checkout", new Value("classic", 75), new Value("one-page", 25)));

  public Trait {
    values = List.copyOf(values);
    int sum = values.stream().mapToInt(Value::percent).sum();
    if (sum != 100) {
      throw new IllegalArgumentException(attribute + ": the shares make " + sum);
    }
  }

  private static Trait of(String attribute, Value... values) {
    return new Trait(attribute, List.of(values));
  }

  /// One of its values, as often as its share says.
  String draw(RandomGenerator random) {
    int point = random.nextInt(100);
    for (Value value : values) {
      point -= value.percent();
      if (point < 0) {
        return value.text();
      }
    }
    throw new IllegalStateException("the shares make 100");
  }
}
