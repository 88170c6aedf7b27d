package deepflow.demo.story;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What goes wrong in one service for the visits that have one value of one attribute.
public record Fault(Kind kind, Service service, String attribute, String value) {

  /// How a fault shows.
  public enum Kind {
    /// The service's work ends with an exception.
    ERROR,
    /// The service's work takes 400 to 900 ms longer.
    SLOW,
    /// The service asks its database for 20 to 40 rows one by one.
    N_PLUS_ONE
  }

  /// Whether the visit meets it.
  public boolean strikes(Visit visit) {
    return visit.route().reaches(service) && value.equals(visit.traits().get(attribute));
  }

  /// A sentence for a person.
  public String sentence() {
    String what =
        switch (kind) {
          case ERROR -> "fails";
          case SLOW -> "takes 400 to 900 ms longer";
          case N_PLUS_ONE -> "runs 20 to 40 queries of one row each instead of one";
        };
    return "%s %s when %s is %s".formatted(service.label(), what, attribute, value);
  }

  /// A service's faults as text, for its environment: `ERROR payment.method voucher;SLOW …`.
  public static String encode(List<Fault> faults) {
    return faults.stream()
        .map(fault -> fault.kind() + " " + fault.attribute() + " " + fault.value())
        .collect(Collectors.joining(";"));
  }

  /// The inverse of [#encode(List)].
  ///
  /// @throws IllegalArgumentException for a text that `encode` doesn't make
  public static List<Fault> decode(Service service, String text) {
    return Arrays.stream(text.split(";", -1))
        .filter(fault -> !fault.isEmpty())
        .map(fault -> decodeOne(service, fault))
        .toList();
  }

  private static Fault decodeOne(Service service, String text) {
    String[] words = text.split(" ", -1);
    if (words.length != 3) {
      throw new IllegalArgumentException("not a fault: '" + text + "'");
    }
    Kind kind = Kind.valueOf(words[0].toUpperCase(Locale.ROOT));
    return new Fault(kind, service, words[1], words[2]);
  }
}
