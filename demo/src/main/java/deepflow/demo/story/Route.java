package deepflow.demo.story;

import java.util.Locale;

/// A page of the shop, and the services that work for it.
public enum Route {
  BROWSE(25),
  CART(30),
  CHECKOUT(35),
  ACCOUNT(10);

  private final int percent;

  Route(int percent) {
    this.percent = percent;
  }

  /// Its share of all visits.
  public int percent() {
    return percent;
  }

  /// Whether the service works for this page.
  public boolean reaches(Service service) {
    return switch (service) {
      case GATEWAY -> true;
      case INVENTORY -> this != ACCOUNT;
      case PRICING -> this == CART || this == CHECKOUT;
      case ORDERS -> this == CHECKOUT || this == ACCOUNT;
      case FULFILMENT -> this == CHECKOUT;
    };
  }

  public String path() {
    return "/" + name().toLowerCase(Locale.ROOT);
  }
}
