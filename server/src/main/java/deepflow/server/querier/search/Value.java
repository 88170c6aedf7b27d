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
    UNSET(0),
    OK(1),
    ERROR(2);

    private final int code;

    Status(int code) {
      this.code = code;
    }

    /// OTLP's number.
    int code() {
      return code;
    }
  }

  /// A span's role.
  enum Kind implements Value {
    UNSPECIFIED(0),
    INTERNAL(1),
    SERVER(2),
    CLIENT(3),
    PRODUCER(4),
    CONSUMER(5);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /// OTLP's number.
    int code() {
      return code;
    }
  }
}
