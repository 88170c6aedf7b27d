package deepflow.server.querier.search;

/// What conditions look at.
public sealed interface Field {

  /// As TraceQL calls it.
  String shown();

  /// Whether it belongs to the trace as a whole.
  boolean isOfTraces();

  /// Refuses what can't be compared.
  void check(Operator operator, Value value);

  /// A name or a number that spans and traces have by themselves.
  enum Intrinsic implements Field {
    NAME("name", Type.TEXT),
    STATUS("status", Type.STATUS),
    /// As it is counted where requests are: by the span's status and its protocol's code. TraceQL
    /// has no word for it.
    FAILED("failed", Type.TRUTH),
    STATUS_MESSAGE("statusMessage", Type.TEXT),
    KIND("kind", Type.KIND),
    DURATION("duration", Type.DURATION),
    /// The resource's `service.name`; one that is empty is none.
    SERVICE("resource.service.name", Type.NAME),
    SPAN_ID("span:id", Type.TEXT),
    /// Empty for a root.
    PARENT_ID("span:parentID", Type.TEXT),
    TRACE_ID("trace:id", Type.TEXT),
    /// Of any of the span's events.
    EVENT_NAME("event:name", Type.NAME),
    INSTRUMENTATION_NAME("instrumentation:name", Type.TEXT),
    INSTRUMENTATION_VERSION("instrumentation:version", Type.TEXT),
    TRACE_DURATION("traceDuration", Type.DURATION),
    ROOT_NAME("rootName", Type.NAME),
    ROOT_SERVICE("rootServiceName", Type.NAME);

    /// What it can be compared with.
    enum Type {
      TEXT,
      /// A text that can be missing.
      NAME,
      DURATION,
      STATUS,
      KIND,
      TRUTH
    }

    private final String shown;
    private final Type type;

    Intrinsic(String shown, Type type) {
      this.shown = shown;
      this.type = type;
    }

    @Override
    public String shown() {
      return shown;
    }

    @Override
    public boolean isOfTraces() {
      return this == TRACE_DURATION || this == ROOT_NAME || this == ROOT_SERVICE;
    }

    @Override
    public void check(Operator operator, Value value) {
      boolean fits =
          switch (type) {
            case TEXT -> isText(value);
            case NAME -> isText(value) || (value == Value.Nil.NIL && operator.isEquality());
            case DURATION -> isNumber(value) && !operator.isPattern();
            case STATUS -> value instanceof Value.Status && operator.isEquality();
            case KIND -> value instanceof Value.Kind && operator.isEquality();
            case TRUTH -> value instanceof Value.Truth && operator.isEquality();
          };
      if (!fits) {
        throw misfit(this, operator, wanted());
      }
    }

    private String wanted() {
      return switch (type) {
        case TEXT -> "takes a text in double quotes";
        case NAME -> "takes a text in double quotes, or = nil and != nil";
        case DURATION -> "takes a duration such as 100ms, with = != < <= > >=";
        case STATUS -> "takes error, ok or unset, with = and !=";
        case KIND ->
            "takes server, client, producer, consumer, internal or unspecified, with = and !=";
        case TRUTH -> "takes true or false, with = and !=";
      };
    }
  }

  /// Whose attribute.
  enum Scope {
    SPAN("span."),
    RESOURCE("resource."),
    /// The span's, or when it has none of that key, the resource's.
    EITHER(".");

    private final String prefix;

    Scope(String prefix) {
      this.prefix = prefix;
    }

    /// What a key begins with in TraceQL.
    String prefix() {
      return prefix;
    }
  }

  /// An attribute. Of a key that is there twice the last value counts.
  record Attribute(Scope scope, String key) implements Field {

    @Override
    public String shown() {
      return scope.prefix + key;
    }

    @Override
    public boolean isOfTraces() {
      return false;
    }

    @Override
    public void check(Operator operator, Value value) {
      boolean fits =
          switch (value) {
            case Value.Text _ -> true;
            case Value.Whole _, Value.Real _, Value.Nanos _ -> !operator.isPattern();
            case Value.Truth _, Value.Nil _, Value.Written _ -> operator.isEquality();
            case Value.Status _, Value.Kind _ -> false;
          };
      if (!fits) {
        throw misfit(
            this,
            operator,
            "takes a text, a number or a duration; true, false and nil with = and != only");
      }
    }
  }

  private static boolean isText(Value value) {
    return value instanceof Value.Text;
  }

  private static boolean isNumber(Value value) {
    return value instanceof Value.Nanos
        || value instanceof Value.Whole
        || value instanceof Value.Real;
  }

  private static SearchException misfit(Field field, Operator operator, String wanted) {
    return new SearchException(
        "%s can't be compared like this with %s".formatted(field.shown(), operator.sign()),
        "%s %s".formatted(field.shown(), wanted));
  }
}
