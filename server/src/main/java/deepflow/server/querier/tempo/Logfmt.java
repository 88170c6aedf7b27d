package deepflow.server.querier.tempo;

import deepflow.server.querier.RefusedException;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.Operator;
import deepflow.server.querier.search.SpanCondition;
import deepflow.server.querier.search.SpanCondition.Comparison;
import deepflow.server.querier.search.TraceQl;
import deepflow.server.querier.search.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what Tempo's parameter `tags` has: `key=value key2="value 2"`. All of them must hold for
/// one span; a value equals an attribute of any type that is written so. `name`, `status.code`,
/// `root.name` and `root.service.name` are the span's and its trace's own.
final class Logfmt {

  private static final int CHARACTERS_MAX = 8 * 1024;
  private static final int PAIRS_MAX = 64;
  private static final Pattern PAIR =
      Pattern.compile("([^\\s=\"]+)=(?:\"((?:[^\"\\\\]|\\\\[\"\\\\])*+)\"|([^\\s\"]*))(?=\\s|$)");

  private Logfmt() {}

  /// Reads it.
  ///
  /// @throws RefusedException when it is none; says where
  static SpanCondition parse(String text) {
    if (text.length() > CHARACTERS_MAX) {
      throw new RefusedException("tags has more than %s characters".formatted(CHARACTERS_MAX));
    }
    List<SpanCondition> conditions = new ArrayList<>();
    Matcher matcher = PAIR.matcher(text);
    int at = skipSpace(text, 0);
    while (at < text.length()) {
      if (!matcher.region(at, text.length()).lookingAt() || conditions.size() == PAIRS_MAX) {
        throw new RefusedException(
            "expected key=value at character %s of tags, at most %s".formatted(at + 1, PAIRS_MAX));
      }
      String quoted = matcher.group(2);
      String value = quoted == null ? matcher.group(3) : quoted.replaceAll("\\\\([\"\\\\])", "$1");
      conditions.add(condition(matcher.group(1), value));
      at = skipSpace(text, matcher.end());
    }
    return SpanCondition.all(conditions);
  }

  private static int skipSpace(String text, int from) {
    int at = from;
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static SpanCondition condition(String key, String value) {
    return switch (key) {
      case "name" -> equal(Intrinsic.NAME, value);
      case "root.name" -> equal(Intrinsic.ROOT_NAME, value);
      case "root.service.name" -> equal(Intrinsic.ROOT_SERVICE, value);
      case "status.code" -> status(value);
      default ->
          new Comparison(
              new Attribute(Scope.EITHER, key), Operator.EQUAL, new Value.Written(value));
    };
  }

  private static SpanCondition equal(Intrinsic field, String value) {
    return new Comparison(field, Operator.EQUAL, new Value.Text(value));
  }

  private static SpanCondition status(String value) {
    return switch (value) {
      case "error", "ok", "unset" -> TraceQl.parse("{ status = " + value + " }");
      default -> throw new RefusedException("status.code is error, ok or unset");
    };
  }
}
