package deepflow.demo.story;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/// One request of a customer.
///
/// @param traits attribute to value, one for each [Trait]
/// @param slip what the customer does wrong
public record Visit(Route route, Map<String, String> traits, Slip slip) {

  /// A customer's own mistake, which the shop answers with 4xx.
  public enum Slip {
    NONE,
    /// A page that there isn't: 404.
    NO_SUCH_PAGE,
    /// Nothing in the basket: 400.
    EMPTY_BASKET,
    /// No money: 402.
    DECLINED
  }

  private static final int SLIPS_PER_THOUSAND = 25;

  public Visit {
    traits = Map.copyOf(traits);
  }

  public static Visit draw(RandomGenerator random) {
    Route route = route(random);
    Map<String, String> traits = new LinkedHashMap<>();
    Trait.ALL.forEach(trait -> traits.put(trait.attribute(), trait.draw(random)));
    Slip slip = random.nextInt(1000) < SLIPS_PER_THOUSAND ? slip(route) : Slip.NONE;
    return new Visit(route, traits, slip);
  }

  private static Route route(RandomGenerator random) {
    int point = random.nextInt(100);
    for (Route route : Route.values()) {
      point -= route.percent();
      if (point < 0) {
        return route;
      }
    }
    throw new IllegalStateException("the shares of the routes make 100");
  }

  private static Slip slip(Route route) {
    return switch (route) {
      case BROWSE, ACCOUNT -> Slip.NO_SUCH_PAGE;
      case CART -> Slip.EMPTY_BASKET;
      case CHECKOUT -> Slip.DECLINED;
    };
  }

  /// The traits as a header's value: `customer.tier=gold,warehouse=west`.
  public String header() {
    return traits.entrySet().stream()
        .map(trait -> trait.getKey() + "=" + trait.getValue())
        .sorted()
        .collect(Collectors.joining(","));
  }
}
