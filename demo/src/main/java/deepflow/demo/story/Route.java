package deepflow.demo.story;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// A page of the shop, and the services that work for it.
public enum Route {
  BROWSE(25, EnumSet.of(Service.GATEWAY, Service.INVENTORY)),
  CART(30, EnumSet.of(Service.GATEWAY, Service.INVENTORY, Service.PRICING)),
  CHECKOUT(35, EnumSet.allOf(Service.class)),
  ACCOUNT(10, EnumSet.of(Service.GATEWAY, Service.ORDERS));

  private final int percent;
  private final Set<Service> services;

  Route(int percent, Set<Service> services) {
    this.percent = percent;
    this.services = services;
  }

  /// Its share of all visits.
  public int percent() {
    return percent;
  }

  public boolean reaches(Service service) {
    return services.contains(service);
  }

  public String path() {
    return "/" + name().toLowerCase(Locale.ROOT);
  }
}
