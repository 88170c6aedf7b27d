package deepflow.server.querier.search;

/// What a field is compared with.
public sealed interface Value {

  /// A string.
  record Text(String text) implements Value {}

  /// A value of any simple type, by how it is written: `500` is the int 500 and the string "500".
  record Written(String text) implements Value {}

  /// A whole number; equal to a double of the same size.
  record Whole(long number) implements Value {}

  /// A number with decimals; equal to an int of the same size.
  record Real(double number) implements Value {}

  /// A duration in ns; a number everywhere but for fields that are durations.
  record Nanos(long nanos) implements Value {}

  /// True or false.
  record Truth(boolean truth) implements Value {}

  /// Nothing: equal to an attribute that is not there.
  enum Nil implements Value {
    NIL
  }

  /// What became of a span.
  enum Status implements Value {
    UNSET,
    OK,
    ERROR;

    /// OTLP's number.
    int code() {
      return ordinal();
    }
  }

  /// A span's role.
  enum Kind implements Value {
    UNSPECIFIED,
    INTERNAL,
    SERVER,
    CLIENT,
    PRODUCER,
    CONSUMER;

    /// OTLP's number.
    int code() {
      return ordinal();
    }
  }
}
